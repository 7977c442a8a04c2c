import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CannotStart } from "../domain/errors.ts";
import type { BundleMarks, JudgedPolicy, LogMarks } from "../domain/ports.ts";
import { isJsonObject } from "../lib/json.ts";
import type { Sql, SqlRow } from "./sql.ts";
import { parseJson } from "../lib/parse-json.ts";

/** Which store it is, and how far it had come. Kept in the store, beside the log and in the data folder. */
interface StoreMarks {
  readonly store: string;
  /** Revocations made and lifted in this store so far. */
  readonly revocations: number;
  /** The highest number that this folder's log may have given. */
  readonly reserved: number;
}

/** The table of revocations must be there already. */
export const storeIdentityTable = `
  CREATE TABLE IF NOT EXISTS store_identity (id TEXT NOT NULL, revocations INTEGER NOT NULL) STRICT;
  CREATE TRIGGER IF NOT EXISTS revocation_made AFTER INSERT ON revocations BEGIN
    UPDATE store_identity SET revocations = revocations + 1;
  END;
  CREATE TRIGGER IF NOT EXISTS revocation_lifted AFTER DELETE ON revocations BEGIN
    UPDATE store_identity SET revocations = revocations + 1;
  END`;

/** Reads the marks out of the store; a store without an identity is given one. The table of revocations must be there already. */
export function storeMarks(sql: Sql, folder: string, makeId: () => string): () => Promise<StoreMarks> {
  sql.define(storeIdentityTable);
  const select = sql.prepare("SELECT id, revocations FROM store_identity");
  const name = sql.prepare("INSERT INTO store_identity (id, revocations) VALUES (?, 0)");
  const log = logMarks(sql, folder);
  async function identity(): Promise<SqlRow> {
    const known = await select.get();
    if (known !== undefined) return known;
    // Another process may name it at the same time.
    await sql.transaction("access", function* () {
      if ((yield* select.step.get()) === undefined) yield* name.step.run(makeId());
    });
    return (await select.get()) ?? {};
  }
  return async function read() {
    const [{ id, revocations }, { reserved }] = await Promise.all([identity(), log.read()]);
    return { store: String(id), revocations: Number(revocations), reserved };
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
  #written: StoreMarks | null = null;

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

  /**
   * Writes the files when the store has come further.
   * @throws StoreWentBack, and keeps the files, when the store has come less far than they say; Error when they cannot be written
   */
  async keep(): Promise<void> {
    const now = await this.#read();
    const text = JSON.stringify(now);
    if (text === JSON.stringify(this.#written)) return;
    const why = this.#written === null ? null : behind(now, this.#written);
    if (why !== null) throw new StoreWentBack(`the store is not the one that was used a moment ago: ${why}`);
    for (const dir of this.#dirs) {
      mkdirSync(dir, { recursive: true, mode: 0o700 });
      const file = join(dir, fileName);
      writeFileSync(`${file}.new`, `${text}\n`, { mode: 0o600 });
      renameSync(`${file}.new`, file);
    }
    this.#written = now;
  }
}

/** The store was replaced by an older or another one while this process used it. */
export class StoreWentBack extends Error {
  override readonly name = "StoreWentBack";
  readonly fix = "start the gateway anew: it says what to do";
}

/** Null when there is no such file; one that cannot be read says nothing that could be relied on. */
function marksIn(dir: string): StoreMarks | null {
  try {
    const marks: unknown = parseJson(readFileSync(join(dir, fileName), "utf8"));
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
export function logMarks(sql: Sql, folder: string): LogMarks {
  sql.define(logMarksTable);
  const read = sql.prepare("SELECT last, reserved FROM log_marks WHERE folder = ?");
  const further = (column: string) => `${column} = ${sql.greater(`log_marks.${column}`, `excluded.${column}`)}`;
  const reserve = sql.prepare(
    `INSERT INTO log_marks (folder, last, reserved) VALUES (?1, ?2, ?3) ON CONFLICT (folder) DO UPDATE
     SET ${further("last")}, ${further("reserved")}`,
  );
  const note = sql.prepare(`UPDATE log_marks SET last = ${sql.greater("last", "?1")} WHERE folder = ?2`, "unsynced");
  return {
    async read() {
      const row = await read.get(folder);
      return { last: Number(row?.["last"] ?? 0), reserved: Number(row?.["reserved"] ?? 0) };
    },
    reserve: async ({ last, reserved }) => void (await reserve.run(folder, last, reserved)),
    note: async (last) => void (await note.run(last, folder)),
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
export function bundleMarks(sql: Sql): BundleMarks {
  sql.define(bundleMarksTable);
  const newest = sql.prepare("SELECT max(issued_at) AS issued_at FROM bundle_marks");
  const one = sql.prepare("SELECT content FROM bundle_marks WHERE revision = ?");
  // The same revision signed again moves its mark on, and never back.
  const [known, given] = [
    "coalesce(bundle_marks.issued_at, excluded.issued_at)",
    "coalesce(excluded.issued_at, bundle_marks.issued_at)",
  ];
  const add = sql.prepare(
    `INSERT INTO bundle_marks (revision, content, issued_at, active_at) VALUES (?, ?, ?, ?)
     ON CONFLICT (revision) DO UPDATE SET issued_at = ${sql.greater(known, given)}, active_at = excluded.active_at`,
  );
  return {
    async newest() {
      const found = (await newest.get())?.["issued_at"];
      return typeof found === "number" ? found : null;
    },
    async contentOf(revision) {
      const row = await one.get(revision);
      return row === undefined ? null : String(row["content"]);
    },
    add: async ({ revision, content, issuedAt, at }) => void (await add.run(revision, content, issuedAt, at)),
  };
}

const judgedPolicyTable = `
  CREATE TABLE IF NOT EXISTS judged_policies (name TEXT PRIMARY KEY, revision TEXT NOT NULL, digest TEXT NOT NULL) STRICT`;

/** One row, of the policy that judges calls. */
export function judgedPolicy(sql: Sql): JudgedPolicy {
  sql.define(judgedPolicyTable);
  const last = sql.prepare("SELECT revision, digest FROM judged_policies WHERE name = 'calls'");
  const note = sql.prepare(
    `INSERT INTO judged_policies (name, revision, digest) VALUES ('calls', ?, ?)
     ON CONFLICT (name) DO UPDATE SET revision = excluded.revision, digest = excluded.digest`,
  );
  return {
    async last() {
      const row = await last.get();
      return row === undefined ? null : { revision: String(row["revision"]), digest: String(row["digest"]) };
    },
    note: async ({ revision, digest }) => void (await note.run(revision, digest)),
  };
}
