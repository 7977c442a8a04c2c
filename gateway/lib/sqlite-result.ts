/** Primary result code of a SQLite failure (https://www.sqlite.org/rescode.html); null for any other failure. */
export function sqliteResult(failure: unknown): number | null {
  const { errcode } = failure as { readonly errcode?: number };
  return errcode === undefined ? null : errcode & 0xff;
}

export const SQLITE_BUSY = 5;

/** SQLITE_CORRUPT and SQLITE_NOTADB: the file is damaged, or is none. */
export const damagedResults: ReadonlySet<number | null> = new Set([11, 26]);
