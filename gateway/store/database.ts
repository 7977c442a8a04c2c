import { DatabaseSync } from "node:sqlite";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { CannotStart } from "../domain/errors.ts";
import { damagedResults, sqliteResult } from "../lib/sqlite-result.ts";
import { keyPeopleById } from "./key-people.ts";

export type Database = DatabaseSync;

/** How long a statement waits for a lock of another process, until a `Connection` says otherwise. Milliseconds. */
export const LOCK_WAIT_MS = 5_000;

/**
 * Opens the embedded store. WAL with synchronous=FULL: a write is on disk when the call returns,
 * which is what "durable before anyone is told" rests on (https://www.sqlite.org/pragma.html#pragma_synchronous).
 * Each table's owner creates it with `CREATE TABLE IF NOT EXISTS … STRICT` from the same folder.
 */
export function openDatabase(file: string): Database {
  if (file !== ":memory:") mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(file, { timeout: LOCK_WAIT_MS });
  assertVersion(database, file);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
  transactions(database)(() => upgrade(database));
  return database;
}

/**
 * Opens the store, read through once (https://www.sqlite.org/pragma.html#pragma_quick_check): a page that was lost or flipped
 * would otherwise show when somebody needs what stood on it, or never. About a second a gigabyte.
 * @throws CannotStart store_damaged
 */
export function openStore(file: string): Database {
  try {
    const database = openDatabase(file);
    const found = Object.values(database.prepare("PRAGMA quick_check(1)").get() ?? {})[0];
    if (found === "ok") return database;
    database.close();
    throw damaged(file, String(found));
  } catch (failure) {
    if (damagedResults.has(sqliteResult(failure))) throw damaged(file, String(failure));
    throw failure;
  }
}

function damaged(file: string, found: string): CannotStart {
  const what = found.replace(/\s+/g, " ");
  return new CannotStart(
    "store_damaged",
    `the store ${file} is damaged (${what}): put a whole one with its -wal file in its place`,
  );
}

/** One transaction; within another it is part of that one. A work that throws leaves nothing behind. */
export function transactions(database: Database): <T>(work: () => T) => T {
  const [begin, commit, rollback] = ["BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"].map((sql) => database.prepare(sql));
  return function atomically(work) {
    if (database.isTransaction) return work();
    begin?.run();
    try {
      const result = work();
      commit?.run();
      return result;
    } catch (thrown) {
      if (database.isTransaction) rollback?.run();
      throw thrown;
    }
  };
}

/** Runs one write that a power cut may undo: without an fsync(2), which every call would wait for. */
export function unsynced(database: Database, write: () => void): void {
  database.exec("PRAGMA synchronous = NORMAL");
  try {
    write();
  } finally {
    database.exec("PRAGMA synchronous = FULL");
  }
}

/** Raised with every change of a table's columns. */
const version = 2;

/** What makes the tables of each version those of the next. A crash in between leaves the file as it was. */
const upgrades: ReadonlyMap<number, (database: Database) => void> = new Map([[1, keyPeopleById]]);

function upgrade(database: Database): void {
  for (let at = versionOf(database); at < version; at += 1) {
    upgrades.get(at)?.(database);
    database.exec(`PRAGMA user_version = ${at + 1}`);
  }
}

function versionOf(database: Database): number {
  return Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
}

/** @throws Error when the file was written by another version of the gateway */
function assertVersion(database: Database, file: string): void {
  const found = versionOf(database);
  const empty = database.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() === undefined;
  if (empty) database.exec(`PRAGMA user_version = ${version}`);
  else if (found !== version && !upgrades.has(found))
    throw new Error(`${file} was written by another version of Sallyport (${found}, not ${version}); move it away`);
}

/**
 * Tells, at each call, whether another connection has written since the call before
 * (https://www.sqlite.org/pragma.html#pragma_data_version). Costs no read of the file's tables.
 */
export function dataVersion(database: Database): () => boolean {
  const pragma = database.prepare("PRAGMA data_version");
  const read = (): unknown => pragma.get()?.["data_version"];
  let known = read();
  return function changedElsewhere() {
    const now = read();
    const changed = now !== known;
    known = now;
    return changed;
  };
}
