import { type Stats, statSync } from "node:fs";
import type { Database } from "./database.ts";

type Identity = Pick<Stats, "dev" | "ino">;

/** The store's files are not the ones that are open: SQLite goes on in files that nobody finds again. */
export class StoreMoved extends Error {
  override readonly name = "StoreMoved";
  readonly fix = "put the very same files back; else stop the gateway, and start it with the newest copy of the store";
}

/**
 * Looks at each call whether the store's file and its WAL are still in their places. What is written to a file that was
 * deleted or replaced is gone when the process ends, ended access included, and SQLite does not tell.
 */
export function storeFiles(database: Database): () => void {
  const file = database.location();
  const known = new Map<string, Identity>();
  return function assertInPlace() {
    if (file === null) return;
    for (const path of [file, `${file}-wal`]) {
      const now = statSync(path, { throwIfNoEntry: false });
      const then = known.get(path);
      if (now !== undefined && then === undefined) known.set(path, now);
      else if (then !== undefined && now === undefined) throw new StoreMoved(`${path} is not in its place any more`);
      else if (then !== undefined && (now?.dev !== then.dev || now.ino !== then.ino))
        throw new StoreMoved(`${path} was replaced by another file`);
    }
  };
}
