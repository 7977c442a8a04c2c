import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  rmdirSync,
  statSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { CliFailure, exits } from "../../common/verb.ts";

/** The text of a file; null when there is none. @throws CliFailure connect_unreadable */
export function readText(path: string): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(readFileSync(path));
  } catch (failure) {
    const { code } = failure as NodeJS.ErrnoException;
    if (code === "ENOENT") return null;
    const why = code === "ERR_ENCODING_INVALID_ENCODED_DATA" ? "is not UTF-8" : `cannot be read (${code})`;
    throw new CliFailure(exits.usage, "connect_unreadable", `${path} ${why}. Nothing was changed.`);
  }
}

/**
 * Writes a file whole or not at all, with the permissions that it has, or `mode` for a new one. A link stays a link: what it
 * leads to is written. @returns folders that were made for it, the outermost first
 * @throws CliFailure connect_unwritable
 */
export function writeWhole(path: string, text: string, mode: number): readonly string[] {
  try {
    const target = existsSync(path) ? realpathSync(path) : path;
    const made = makeFolders(dirname(target));
    const permissions = statSync(target, { throwIfNoEntry: false })?.mode ?? mode;
    const temporary = join(dirname(target), `.${basename(target)}.${process.pid}.sallyport`);
    try {
      const file = openSync(temporary, "wx", permissions & 0o777);
      try {
        writeSync(file, text);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(temporary, target);
    } finally {
      rmSync(temporary, { force: true });
    }
    return made;
  } catch (failure) {
    const { code, message } = failure as NodeJS.ErrnoException;
    const hint = code === "EACCES" || code === "EPERM" ? " Run it as a user who may write there." : "";
    throw new CliFailure(
      exits.negative,
      "connect_unwritable",
      `${path} cannot be written (${code ?? message}).${hint}`,
    );
  }
}

function makeFolders(folder: string): readonly string[] {
  const made: string[] = [];
  for (let at = folder; !existsSync(at); at = dirname(at)) made.unshift(at);
  mkdirSync(folder, { recursive: true });
  return made;
}

export function removeFile(path: string): void {
  rmSync(path, { force: true });
}

/** Removes those that are empty, the innermost first. */
export function removeEmpty(folders: readonly string[]): void {
  for (const folder of [...new Set(folders)].sort((one, other) => other.length - one.length)) {
    try {
      rmdirSync(folder);
    } catch {
      // Something else is in it, or it is gone.
    }
  }
}
