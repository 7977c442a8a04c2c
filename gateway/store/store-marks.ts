import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CannotStart } from "../domain/errors.ts";
import type { BundleMarks, LogMarks } from "../domain/ports.ts";
import { isJsonObject } from "../lib/json.ts";
import type { Connection } from "./connection.ts";
import { unsynced } from "./database.ts";

/** Which store it is, and how far it had come. Kept in the store, beside the log and in the data folder. */
interface StoreMarks {
  readonly store: string;
  /** Revocations made and lifted in this store so far. */
  readonly revocations: number;
  /** The highest number that this folder's log may have given. */
  readonly reserved: number;
}

const storeIdentityTable = `
  CREATE TABLE IF NOT EXISTS store_identity (id TEXT NOT NULL, revocations INTEGER NOT NULL) STRICT;
  CREATE TRIGGER IF NOT EXISTS revocation_made AFTER INSERT ON revocations BEGIN
    UPDATE store_identity SET revocations = revocations + 1;
  END;
  CREATE TRIGGER IF NOT EXISTS revocation_lifted AFTER DELETE ON revocations BEGIN
    UPDATE store_identity SET revocations = revocations + 1;
  END`;

/** Reads the marks out of the store; a store without an identity is given one. The table of revocations must be there already. */
export function storeMarks(connection: Connection, folder: string, makeId: () => string): () => Promise<StoreMarks> {
  const { database } = connection;
  database.exec(storeIdentityTable);
  const select = database.prepare("SELECT id, revocations FROM store_identity");
  if (select.get() === undefined)
    database
      .prepare("INSERT INTO store_identity SELECT ?, 0 WHERE NOT EXISTS (SELECT 1 FROM store_identity)")
      .run(makeId());
  const log = logMarks(connection, folder);
  return async function read() {
    const [row, { reserved }] = await Promise.all([connection.run(() => select.get()), log.read()]);
    return { store: String(row?.["id"]), revocations: Number(row?.["revocations"]), reserved };
  };
}

const fileName = "store.marks.json";

/**
 * The marks as files in the data folder and in the log's. They are written after the store, so that a crash leaves them
 * behind it and never ahead.
 */
export class MarkFiles {
  readonly #dirs: readonly string[];
  readonly #read: () => Promise<StoreMarks>;
  #written = "";

  constructor(dirs: readonly string[], read: () => Promise<StoreMarks>) {
    this.#dirs = dirs;
    this.#read = read;
  }

  /** @throws CannotStart store_behind when a file knows of more than the store does */
  async check(): Promise<void> {
    const now = await this.#read();
    for (const dir of this.#dirs) {
      const then = marksIn(dir);
      const why = then === null ? null : behind(now, then);
      if (why !== null)
        throw new CannotStart(
          "store_behind",
          `the store is not the one that was used last: ${why} (${join(dir, fileName)}); put the newest store with its -wal file back, or start once with --accept-store, which ends everything that waits for people or was approved`,
        );
    }
  }

  /** The highest number that a file knows of. */
  highestReserved(): number {
    return Math.max(0, ...this.#dirs.map((dir) => marksIn(dir)?.reserved ?? 0));
  }

  /** Writes the files when the store has come further. @throws when they cannot be written */
  async keep(): Promise<void> {
    const text = JSON.stringify(await this.#read());
    if (text === this.#written) return;
    for (const dir of this.#dirs) {
      mkdirSync(dir, { recursive: true, mode: 0o700 });
      const file = join(dir, fileName);
      writeFileSync(`${file}.new`, `${text}\n`, { mode: 0o600 });
      renameSync(`${file}.new`, file);
    }
    this.#written = text;
  }
}

/** Null when there is no such file; one that cannot be read says nothing that could be relied on. */
function marksIn(dir: string): StoreMarks | null {
  try {
    const marks: unknown = JSON.parse(readFileSync(join(dir, fileName), "utf8"));
    if (!isJsonObject(marks)) return null;
    return {
      store: String(marks["store"]),
      revocations: Number(marks["revocations"]),
      reserved: Number(marks["reserved"]),
    };
  } catch {
    return null;
  }
}

function behind(now: StoreMarks, then: StoreMarks): string | null {
  if (now.store !== then.store) return "it is another or an empty one";
  if (now.revocations < then.revocations) return "access was ended or given back since it was written";
  if (now.reserved < then.reserved) return "calls were recorded since it was written";
  return null;
}

const logMarksTable = `
  CREATE TABLE IF NOT EXISTS log_marks (
    folder TEXT PRIMARY KEY, last INTEGER NOT NULL, reserved INTEGER NOT NULL
  ) STRICT`;

/** How far the log of one data folder had come; several processes share the store, each with a log of its own. */
export function logMarks(connection: Connection, folder: string): LogMarks {
  const { database } = connection;
  database.exec(logMarksTable);
  const read = database.prepare("SELECT last, reserved FROM log_marks WHERE folder = ?");
  const reserve = database.prepare(
    `INSERT INTO log_marks (folder, last, reserved) VALUES (?1, ?2, ?3) ON CONFLICT (folder) DO UPDATE
     SET last = max(last, excluded.last), reserved = max(reserved, excluded.reserved)`,
  );
  const note = database.prepare("UPDATE log_marks SET last = max(last, ?1) WHERE folder = ?2");
  return {
    read: () =>
      connection.run(() => {
        const row = read.get(folder);
        return { last: Number(row?.["last"] ?? 0), reserved: Number(row?.["reserved"] ?? 0) };
      }),
    reserve: ({ last, reserved }) => connection.run(() => void reserve.run(folder, last, reserved)),
    note: (last) => connection.run(() => unsynced(database, () => void note.run(last, folder))),
  };
}

const bundleMarksTable = `
  CREATE TABLE IF NOT EXISTS bundle_marks (
    revision TEXT PRIMARY KEY,
    content TEXT NOT NULL,
    issued_at REAL,
    active_at INTEGER NOT NULL
  ) STRICT`;

/** Signed bundles that have been active. One row a revision: a policy changes far too seldom for that to grow large. */
export function bundleMarks(connection: Connection): BundleMarks {
  const { database } = connection;
  database.exec(bundleMarksTable);
  const newest = database.prepare("SELECT max(issued_at) AS issued_at FROM bundle_marks");
  const one = database.prepare("SELECT content FROM bundle_marks WHERE revision = ?");
  // The same revision signed again moves its mark on, and never back.
  const add = database.prepare(
    `INSERT INTO bundle_marks (revision, content, issued_at, active_at) VALUES (?1, ?2, ?3, ?4)
     ON CONFLICT (revision) DO UPDATE SET
       issued_at = max(coalesce(issued_at, ?3), coalesce(?3, issued_at)), active_at = ?4`,
  );
  return {
    newest: () =>
      connection.run(() => {
        const found = newest.get()?.["issued_at"];
        return typeof found === "number" ? found : null;
      }),
    contentOf: (revision) =>
      connection.run(() => {
        const row = one.get(revision);
        return row === undefined ? null : String(row["content"]);
      }),
    add: ({ revision, content, issuedAt, at }) => connection.run(() => void add.run(revision, content, issuedAt, at)),
  };
}
