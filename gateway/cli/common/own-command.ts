import { extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { environmentVariable } from "../../config/environment.ts";

const own = fileURLToPath(import.meta.url);
const root = resolve(own, "..", "..", "..", "..");

/**
 * How a person starts this command line: installed it is `sallyport`, in a checkout a script of npm, which prints nothing of its own.
 * @param ownFile file of this code
 */
export function ownCommand(ownFile = own): string {
  if (extname(ownFile) !== ".ts") return "sallyport";
  return process.cwd() === root
    ? "npm run --silent sallyport --"
    : `npm run --silent --prefix ${shellWord(root)} sallyport --`;
}

/** npm runs a script in the folder of its package; paths on the command line are meant from where the person is. */
export function workWhereAsked(): void {
  const from = environmentVariable("INIT_CWD");
  const isOurs = environmentVariable("npm_package_json") === join(root, "package.json");
  if (isOurs && from !== null && environmentVariable("npm_lifecycle_event") === "sallyport") process.chdir(from);
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./~-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
