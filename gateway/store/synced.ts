import { fdatasync, openSync } from "node:fs";
import { promisify } from "node:util";
import type { Database } from "./database.ts";

/** Resolves when what was written to the file is on disk. */
type Sync = (file: number) => Promise<void>;

/**
 * Makes durable what was committed without waiting for the disk (`unsynced`), while the process goes on: each call resolves when
 * all that was committed before it is on disk. Calls that come while the disk is written share the next write.
 *
 * A commit appends to the WAL, and SQLite itself syncs that file before it copies anything out of it, so that to sync it is enough
 * (https://www.sqlite.org/wal.html#durability). The file stays open as long as the process.
 */
export function walSync(database: Database, sync: Sync = promisify(fdatasync)): () => Promise<void> {
  const file = database.location();
  let wal: number | null = null;
  let running: Promise<void> | null = null;
  let next: Promise<void> | null = null;
  async function write(): Promise<void> {
    // Opened at first use: then there is one, since something was committed.
    wal ??= openSync(`${file}-wal`, "r");
    await sync(wal);
  }
  function begin(): Promise<void> {
    running = write().finally(() => (running = null));
    return running;
  }
  return function synced() {
    if (file === null) return Promise.resolve();
    if (running === null) return begin();
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = null;
        return begin();
      });
    return next;
  };
}
