import { existsSync, realpathSync } from "node:fs";
import { dirname, extname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { environmentVariable } from "../../config/environment.ts";
import { commandLine } from "./shell-words.ts";
import { CliFailure, exits } from "./verb.ts";

const own = fileURLToPath(import.meta.url);
const root = resolve(own, "..", "..", "..", "..");

/**
 * A command line of this program as a person pastes it: installed it begins with `sallyport`, in a checkout with a script of npm, which prints
 * nothing of its own. @param ownFile file of this code
 */
export function ownCommand(words: readonly string[], ownFile = own): string {
  if (extname(ownFile) !== ".ts") return commandLine(["sallyport", ...words]);
  const place = process.cwd() === root ? [] : ["--prefix", root];
  return commandLine(["npm", "run", "--silent", ...place, "sallyport", "--", ...words]);
}

/**
 * npm runs a script in the folder of its package; paths on the command line are meant from where the person is.
 * @throws CliFailure folder_gone
 */
export function workWhereAsked(): void {
  const from = environmentVariable("INIT_CWD");
  if (from === null || environmentVariable("npm_lifecycle_event") !== "sallyport" || !isOurs()) return;
  if (!existsSync(from))
    throw new CliFailure(exits.usage, "folder_gone", `The folder ${from}, in which npm was started, is not there.`);
  process.chdir(from);
}

/** Whether the package whose script npm runs is this checkout, by whatever path npm was told of it. */
function isOurs(): boolean {
  const folder = dirname(environmentVariable("npm_package_json") ?? "");
  return existsSync(folder) && realpathSync(folder) === root;
}
