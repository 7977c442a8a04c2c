import { linkSync, mkdirSync, readFileSync, rmSync, type Stats, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { isOutOfFiles, systemReason } from "./open-files.ts";

/** A key cannot be used. The message is one sentence that names its place and says what to do. */
export class UnusableKey extends Error {
  override readonly name = "UnusableKey";
}

/** The text of a key file, which others may not read; null when there is no such file. @throws UnusableKey */
export function readPrivateFile(file: string): string | null {
  try {
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats === undefined) return null;
    const most = isGiven(stats) ? 0o640 : 0o600;
    // Windows has no such bits; there the rights of the folder must be enough.
    if (process.platform !== "win32" && (stats.mode & 0o077 & ~most) !== 0)
      throw new UnusableKey(`the key file ${file} can be read by others; chmod ${most.toString(8)} it`);
    return readFileSync(file, "utf8");
  } catch (failure) {
    throw unusable(failure, `the key file ${file} cannot be read`, "make it readable by the gateway's user");
  }
}

/** A file of root's, such as one that is mounted from a Secret of Kubernetes: the gateway's user can read it as one of its group alone. */
function isGiven({ uid }: Stats): boolean {
  return uid === 0 && process.getuid?.() !== 0;
}

/** The text of a key file, made when there is none. @throws UnusableKey */
export function openPrivateFile(file: string, make: () => string): string {
  return readPrivateFile(file) ?? makePrivateFile(file, make());
}

/** Written aside and linked into place: a second process that starts now finds either no key or a whole one, and replaces none. */
function makePrivateFile(file: string, text: string): string {
  const aside = writeAside(file, text);
  try {
    linkSync(aside, file);
    return text;
  } catch (failure) {
    const other = readPrivateFile(file);
    if (other === null) throw notMade(file, failure);
    return other;
  } finally {
    rmSync(aside, { force: true });
  }
}

/** On disk when this returns. @returns the name of the file @throws UnusableKey */
export function writeAside(file: string, text: string): string {
  const aside = `${file}.${process.pid}.new`;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(aside, text, { mode: 0o600, flush: true });
    return aside;
  } catch (failure) {
    throw notMade(file, failure);
  }
}

function notMade(file: string, failure: unknown): UnusableKey {
  return unusable(failure, `the key file ${file} cannot be made`, "make its folder writable by the gateway's user");
}

function unusable(failure: unknown, what: string, fix: string): UnusableKey {
  if (failure instanceof UnusableKey) return failure;
  const why = systemReason(failure) ?? String(failure);
  return new UnusableKey(isOutOfFiles(why) ? `${what} (${why})` : `${what} (${why}); ${fix}`, { cause: failure });
}
