import { closeSync, openSync, readSync, realpathSync } from "node:fs";
import { delimiter, dirname, isAbsolute, relative, resolve, sep } from "node:path";
import { environmentVariable } from "../../config/environment.ts";
import { findProgram, searchPath } from "../../config/resolve-bridge.ts";
import { fromFolder, type ServerVariables } from "./server-credential.ts";

/** `upstream.command` of a route: what was asked for its tools, as the gateway starts it from the folder of its configuration. */
export interface SiteCommand {
  readonly run: readonly string[];
  /** Absent: the folder of the configuration. */
  readonly cwd?: string;
  /** Absent: the gateway's usual environment. Secrets are references. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Of a command line that was run in `from` with these variables, for a configuration in `folder`. Its words may mean files of `from` in any
 * way.
 */
export function siteCommand(
  [program = "", ...args]: readonly string[],
  folder: string,
  from: string,
  variables: ServerVariables = {},
): SiteCommand {
  const cwd = relative(folder, from);
  const path = pathTo(program, from);
  const env = {
    ...(path === null ? {} : { PATH: path }),
    ...Object.fromEntries(Object.entries(variables).map(([name, one]) => [name, fromFolder(one, folder)])),
  };
  return {
    run: [programFrom(program, folder, from), ...args],
    ...(cwd === "" ? {} : { cwd }),
    ...(Object.keys(env).length === 0 ? {} : { env }),
  };
}

/** A program with a slash is looked for from the folder of the configuration. */
function programFrom(program: string, folder: string, from: string): string {
  if (!program.includes("/") || isAbsolute(program)) return program;
  const path = relative(folder, resolve(from, program));
  return path.startsWith(`..${sep}`) ? path : `.${sep}${path}`;
}

/**
 * The folders in which the gateway finds what a person's command finds: the program, and what a script is run by. Null where its usual ones
 * do.
 */
function pathTo(program: string, from: string): string | null {
  const found = foundHere(program, from);
  const interpreter = found === null ? null : interpreterOf(found);
  const programs = interpreter === null ? [program] : [program, interpreter];
  const folders = new Set(programs.flatMap((one) => folderOf(one, from)));
  return folders.size === 0 ? null : [...folders, searchPath({ env: {} })].join(delimiter);
}

function foundHere(program: string, from: string): string | null {
  return findProgram({ run: [program], env: { PATH: environmentVariable("PATH") ?? "" } }, from);
}

/** None where the usual folders have the same program, and for a program that no folder is searched for. */
function folderOf(program: string, from: string): readonly string[] {
  const here = foundHere(program, from);
  if (program.includes("/") || here === null) return [];
  const usual = findProgram({ run: [program], env: {} }, from);
  return usual !== null && realpathSync(usual) === realpathSync(here) ? [] : [dirname(here)];
}

const firstLineBytes = 256;

/** Empty for a file that may be executed but not read. */
function startOf(file: string): string {
  const start = Buffer.alloc(firstLineBytes);
  try {
    const open = openSync(file, "r");
    try {
      readSync(open, start);
    } finally {
      closeSync(open);
    }
  } catch {
    return "";
  }
  return start.toString("latin1");
}

/** `node` of a script that begins with `#!/usr/bin/env node`; null where the program is none, or names its interpreter by a path. */
function interpreterOf(file: string): string | null {
  return /^#![ \t]*\/\S*\/env[ \t]+(?:-S[ \t]*)?([^\s=-][^\s=]*)/.exec(startOf(file))?.[1] ?? null;
}
