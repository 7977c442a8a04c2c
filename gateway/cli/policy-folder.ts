import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { readConfig } from "../config/read-config.ts";
import { CliFailure, exits } from "./exit-codes.ts";

/** The folder given, else the configuration's, else `rego` here. @throws CliFailure, ConfigError */
export function policyFolder(given: string | undefined, config: string): string {
  const folder = given ?? (existsSync(config) ? configuredFolder(config) : "rego");
  const path = resolve(folder);
  if (!existsSync(path)) throw new CliFailure(exits.usage, "folder_missing", `There is no folder ${folder}.`);
  return path;
}

function configuredFolder(config: string): string {
  const { source } = readConfig(config, { secrets: false }).policy;
  if (source.kind === "folder") return source.path;
  throw new CliFailure(
    exits.usage,
    "folder_missing",
    `${config} names a built archive; say which folder with Rego files is meant.`,
  );
}
