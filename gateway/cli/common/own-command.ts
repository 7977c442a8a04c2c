import { extname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { environmentVariable } from "../../config/environment.ts";

const own = fileURLToPath(import.meta.url);
const root = resolve(own, "..", "..", "..", "..");

/** How a person starts this command line, and a path as it has to be given to it. */
export interface OwnCommand {
  readonly start: string;
  path(path: string): string;
}

/**
 * Installed it is `sallyport`; in a checkout a script of npm, which runs in the folder of the checkout whatever folder it is started in.
 * @param ownFile file of this code; `from`: where the person is
 */
export function ownCommand(ownFile = own, from = environmentVariable("INIT_CWD") ?? process.cwd()): OwnCommand {
  if (extname(ownFile) !== ".ts") return { start: "sallyport", path: (path) => path };
  if (resolve(from) === root && process.cwd() === root) return { start: "npm run sallyport --", path: (path) => path };
  return { start: `npm run --prefix ${shellWord(root)} sallyport --`, path: (path) => shellWord(resolve(path)) };
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./~-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
