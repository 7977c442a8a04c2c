import { accessSync, closeSync, constants, existsSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { CannotStart } from "../domain/errors.ts";
import { SQLITE_BUSY, sqliteResult } from "../lib/sqlite-result.ts";

const writable = "make it, its -wal and -shm files and its folder writable by the gateway's user";

/** What to do, by SQLite's result code (https://www.sqlite.org/rescode.html). Nothing of it says that the file is damaged. */
const fixes: ReadonlyMap<number | null, string> = new Map([
  [3, writable],
  [SQLITE_BUSY, "another program holds a lock on it; end it or let it finish"],
  [8, writable],
  [10, "look at its disk"],
  [13, "make room on its disk"],
  [14, writable],
]);

/** Why a file of SQLite cannot be opened or written now; null for any other failure. `what` the file is, for people. Its connection must be closed. */
export function unusableFile(
  code: "store_unusable" | "index_unusable",
  what: string,
  { file, failure }: { readonly file: string; readonly failure: unknown },
): CannotStart | null {
  const { syscall, code: errno } = failure as NodeJS.ErrnoException;
  // A failure of the file system itself, when the folder or the file is made or removed.
  const fix = syscall === undefined ? fixes.get(sqliteResult(failure)) : writable;
  if (fix === undefined) return null;
  const why =
    syscall !== undefined && errno !== undefined
      ? errno
      : ((fix === writable ? obstacle(file) : null) ?? (failure as Error).message);
  return new CannotStart(code, `${what} ${file} cannot be used (${why}): ${fix}`, failure);
}

/** SQLite opens what it may not write for reading, and does not say why: the errno of the first file that cannot be opened for writing. */
function obstacle(file: string): string | null {
  try {
    for (const path of [file, `${file}-wal`, `${file}-shm`]) if (existsSync(path)) closeSync(openSync(path, "r+"));
    accessSync(dirname(file), constants.W_OK);
    return null;
  } catch (failure) {
    return (failure as NodeJS.ErrnoException).code ?? null;
  }
}
