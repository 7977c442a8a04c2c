import { openSync, readSync, type Stats, statSync } from "node:fs";
import { platform } from "node:os";
import { oncePer } from "../lib/caches.ts";
import { type Database, dataVersion } from "./database.ts";

/** A turn of the event loop in which this process stood still is longer; what was seen before that may be old. */
const goodForMs = 50;
/** Both copies of the header of a WAL index (https://www.sqlite.org/walformat.html#the_wal_index_header). */
const HEADER_BYTES = 96;

/**
 * Change detector: each call says whether any process may have written to the database since the call before. The database
 * is checked once per turn of the event loop for all callers, or each 50 ms of a long one, so a write of another process is seen in the next turn at the
 * latest. Writes of this process are not seen before that: the writer itself must invalidate what it caches.
 */
export function writeDetector(database: Database): () => boolean {
  const generation = generationOf(database);
  let known = -1;
  return function mayHaveWritten() {
    const now = generation();
    if (now === known) return false;
    known = now;
    return true;
  };
}

/** As `writeDetector`, without what this process wrote itself: each call says whether another one has written since. */
export function writtenElsewhere(database: Database): () => boolean {
  const [mayHaveWritten, versionChanged] = [writeDetector(database), dataVersion(database)];
  return () => mayHaveWritten() && versionChanged();
}

/** A generation number that rises whenever any process may have written. */
const generationOf = oncePer((database: Database): (() => number) => {
  const hasChanged = changes(database);
  let [generation, lookedAt] = [0, -Infinity];
  const forget = (): void => void (lookedAt = -Infinity);
  return function current() {
    const now = performance.now();
    if (now - lookedAt < goodForMs) return generation;
    lookedAt = now;
    setImmediate(forget);
    if (hasChanged()) generation += 1;
    return generation;
  };
});

/**
 * For a tenth of what any question to SQLite costs: every commit, of whatever process, changes a counter at the start of the
 * WAL index before it returns. Where that file is not there, or another system may show it late, it may always have changed.
 */
function changes(database: Database): () => boolean {
  let index: number | null = null;
  const [now, known] = [Buffer.alloc(HEADER_BYTES), Buffer.alloc(HEADER_BYTES)];
  return function changed() {
    index ??= openIndex(database);
    if (index === null || readSync(index, now, 0, HEADER_BYTES, 0) < HEADER_BYTES) return true;
    if (now.equals(known)) return false;
    // Half of a change that is under way differs from its end, so the next look finds that.
    now.copy(known);
    return true;
  };
}

/** Stays open as long as the process: to close it would drop the locks that SQLite itself holds on the file (fcntl(2)). */
function openIndex(database: Database): number | null {
  const file = database.location();
  if (file === null || platform() !== "linux") return null;
  try {
    return openSync(`${file}-shm`, "r");
  } catch {
    return null;
  }
}

type Identity = Pick<Stats, "dev" | "ino">;

/** The store's files are not the ones that are open: SQLite goes on in files that nobody finds again. */
class StoreMoved extends Error {
  override readonly name = "StoreMoved";
  readonly fix = "put the very same files back; else stop the gateway, and start it with the newest copy of the store";
}

/**
 * Each call checks that the store's file and its WAL are still in place. Writes to a deleted or replaced file, revocations
 * included, are lost when the process ends, and SQLite does not report it.
 */
export function storeFileCheck(database: Database): () => void {
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
