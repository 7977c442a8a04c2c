import { existsSync } from "node:fs";
import { delimiter, dirname, isAbsolute, relative, resolve, sep } from "node:path";
import { environmentVariable } from "../../config/environment.ts";
import { findProgram, searchPath } from "../../config/resolve-bridge.ts";

/** `upstream.command` of a route: what was asked for its tools, as the gateway starts it from the folder of its configuration. */
export interface SiteCommand {
  readonly run: readonly string[];
  /** Absent: the folder of the configuration. */
  readonly cwd?: string;
  /** Absent: the gateway's usual environment. */
  readonly env?: { readonly PATH: string };
}

/** Of a command line that was run in `from`, for a configuration in `folder`. */
export function siteCommand([program = "", ...args]: readonly string[], folder: string, from: string): SiteCommand {
  const cwd = relative(folder, from);
  const path = program.includes("/") ? null : pathTo(program, folder);
  return {
    run: [fromFolder(program, folder, from), ...args],
    ...(cwd !== "" && args.some((word) => isRelativeFile(word, from)) ? { cwd } : {}),
    ...(path === null ? {} : { env: { PATH: path } }),
  };
}

/** A program with a slash is looked for from the folder of the configuration. */
function fromFolder(program: string, folder: string, from: string): string {
  if (!program.includes("/") || isAbsolute(program)) return program;
  const path = relative(folder, resolve(from, program));
  return path.startsWith(`..${sep}`) ? path : `.${sep}${path}`;
}

/** `--config=tools.json` names a file, too. */
function isRelativeFile(word: string, from: string): boolean {
  const value = word.replace(/^-[^=]*=?/, "");
  return value !== "" && !isAbsolute(value) && existsSync(resolve(from, value));
}

/** The folders in which the gateway finds the program; null where its usual ones have one of this name. */
function pathTo(program: string, folder: string): string | null {
  if (findProgram({ run: [program], env: {} }, folder) !== null) return null;
  const here = findProgram({ run: [program], env: { PATH: environmentVariable("PATH") ?? "" } }, folder);
  return here === null ? null : [dirname(here), searchPath({ env: {} })].join(delimiter);
}
