import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  rmdirSync,
  statSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
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
 * leads to is written. @throws CliFailure connect_unwritable
 */
export function writeWhole(path: string, text: string, mode: number): void {
  const made = missingFolders(path);
  try {
    const target = targetOf(path);
    mkdirSync(dirname(target), { recursive: true });
    const permissions = modeOf(target) ?? mode;
    const temporary = join(dirname(target), `.${basename(target)}.${process.pid}.sallyport`);
    try {
      const file = openSync(temporary, "wx", permissions);
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
  } catch (failure) {
    removeEmpty(made);
    throw unwritable(path, failure);
  }
}

function unwritable(path: string, failure: unknown): CliFailure {
  const { code, message } = failure as NodeJS.ErrnoException;
  const hint = code === "EACCES" || code === "EPERM" ? " Run it as a user who may write there." : "";
  return new CliFailure(exits.negative, "connect_unwritable", `${path} cannot be written (${code ?? message}).${hint}`);
}

/** Folders that have to be made for a file, the outermost first. */
export function missingFolders(path: string): readonly string[] {
  const missing: string[] = [];
  for (let at = dirname(targetOf(path)); !existsSync(at); at = dirname(at)) missing.unshift(at);
  return missing;
}

/** Links that are followed to a file that is not there yet; the system itself follows as many. */
const mostLinks = 40;

/** Where the text of a path stands, or would stand when it is written. */
function targetOf(path: string, links = mostLinks): string {
  if (existsSync(path)) return realpathSync(path);
  const target = links === 0 ? null : linkedFrom(path);
  return target === null ? path : targetOf(target, links - 1);
}

/** What a link leads to; null for what is no link. */
function linkedFrom(path: string): string | null {
  try {
    return resolve(dirname(path), readlinkSync(path));
  } catch {
    return null;
  }
}

/** The permissions of a file; null when there is none. */
export function modeOf(path: string): number | null {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode;
  return mode === undefined ? null : mode & 0o777;
}

/** A link stays, and what it leads to goes. @throws CliFailure connect_unwritable */
export function removeFile(path: string): void {
  try {
    rmSync(targetOf(path), { force: true });
  } catch (failure) {
    throw unwritable(path, failure);
  }
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
