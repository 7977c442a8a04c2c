import { linkSync, mkdirSync, readFileSync, rmSync, type Stats, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** A key cannot be used. The message is one sentence that names its place and says what to do. */
export class UnusableKey extends Error {
  override readonly name = "UnusableKey";
}

/** The text of a key file, which others may not read; null when there is no such file. @throws UnusableKey */
export function readPrivateFile(file: string): string | null {
  try {
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats === undefined) return null;
    if (mayOthersRead(stats)) throw new UnusableKey(`the key file ${file} can be read by others; chmod 600 it`);
    return readFileSync(file, "utf8");
  } catch (failure) {
    throw unusable(failure, `the key file ${file} cannot be read`, "make it readable by the gateway's user");
  }
}

/**
 * A file of root's, mounted from a Secret of Kubernetes for example, can be read by the gateway's user as one of its group alone: then the
 * group may read it.
 */
function mayOthersRead({ mode, uid }: Stats): boolean {
  const isGiven = uid === 0 && process.getuid?.() !== 0;
  // Windows has no such bits; there the rights of the folder must be enough.
  return process.platform !== "win32" && (mode & (isGiven ? 0o037 : 0o077)) !== 0;
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
  const why = (failure as NodeJS.ErrnoException).code ?? String(failure);
  return new UnusableKey(`${what} (${why}); ${fix}`, { cause: failure });
}
