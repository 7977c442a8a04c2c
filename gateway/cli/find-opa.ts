import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { OpaCommand } from "../bundles/build/opa.ts";
import { environmentVariable } from "../config/environment.ts";
import { readConfig } from "../config/read-config.ts";
import { CliFailure, exits } from "./exit-codes.ts";

const name = process.platform === "win32" ? "opa.exe" : "opa";

/** The `opa` command: SALLYPORT_OPA, else on PATH, else where `scripts/run.mjs` puts it. @throws CliFailure */
export function findOpa(): string {
  const named = environmentVariable("SALLYPORT_OPA");
  const own = new URL(`../../.tools/bin/${name}`, import.meta.url).pathname;
  const onPath = (environmentVariable("PATH") ?? "").split(delimiter).map((folder) => join(folder, name));
  const found = (named === null ? [...onPath, own] : [named]).find(executable);
  if (found !== undefined) return found;
  throw new CliFailure(
    exits.usage,
    "opa_missing",
    "The opa command is not here; run `npm run sallyport -- …`, which installs the pinned one, or name one in SALLYPORT_OPA.",
  );
}

/** The `opa` command with the time limit of the configuration, where there is one. @throws CliFailure, ConfigError */
export function configuredOpa(config: string): OpaCommand {
  const path = findOpa();
  if (!existsSync(config)) return path;
  return { path, timeoutMs: readConfig(config, { secrets: false }).policy.buildTimeoutMs };
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
