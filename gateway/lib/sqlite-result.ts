/** Primary result code of a SQLite failure or of one that it caused (https://www.sqlite.org/rescode.html); null for any other failure. */
export function sqliteResult(failure: unknown): number | null {
  const { errcode, cause } = failure as { readonly errcode?: number; readonly cause?: unknown };
  if (errcode !== undefined) return errcode & 0xff;
  return cause instanceof Error ? sqliteResult(cause) : null;
}

export const SQLITE_BUSY = 5;

/** SQLITE_CORRUPT and SQLITE_NOTADB: the file is damaged, or is none. */
export const damagedResults: ReadonlySet<number | null> = new Set([11, 26]);
