import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { environmentVariable } from "../config/environment.ts";
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

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
