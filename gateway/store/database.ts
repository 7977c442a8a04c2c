import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { accountId, localIssuer } from "../domain/account.ts";
import { CannotStart } from "../domain/errors.ts";
import { damagedResults, sqliteResult } from "../lib/sqlite-result.ts";
import { accountTable, passkeyTable } from "./accounts.ts";
import { keyVotesByKind } from "./attention.ts";
import { keyDefinitionsByKind } from "./definition-tables.ts";
import { takeClientsAsUsed } from "./registered-clients.ts";
import { unusableFile } from "./unusable-file.ts";

export type Database = DatabaseSync;

/** How long a statement waits for a lock of another process, until a `Connection` says otherwise. Milliseconds. */
export const LOCK_WAIT_MS = 5_000;

/**
 * Opens the embedded store. WAL with synchronous=FULL: a write is on disk when the call returns,
 * which is what "durable before anyone is told" rests on (https://www.sqlite.org/pragma.html#pragma_synchronous).
 * Each table's owner creates it with `CREATE TABLE IF NOT EXISTS … STRICT` from the same folder.
 * @throws Error, also when the file can only be read; it is closed then
 */
export function openDatabase(file: string): Database {
  if (file !== ":memory:") mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(file, { timeout: LOCK_WAIT_MS });
  try {
    assertVersion(database, file);
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
    transactions(database)(() => upgrade(database));
    return database;
  } catch (failure) {
    database.close();
    throw failure;
  }
}

/**
 * Opens the store, read through once (https://www.sqlite.org/pragma.html#pragma_quick_check): a page that was lost or flipped
 * would otherwise show when somebody needs what stood on it, or never. About a second a gigabyte.
 * @throws CannotStart store_damaged, store_schema, store_unusable
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
    throw unusableFile("store_unusable", "the store", { file, failure }) ?? failure;
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
export function unsynced<T>(database: Database, write: () => T): T {
  database.exec("PRAGMA synchronous = NORMAL");
  try {
    return write();
  } finally {
    database.exec("PRAGMA synchronous = FULL");
  }
}

/** Raised with every change of a table's columns. */
const version = 5;

/** What makes the tables of each version those of the next. A crash in between leaves the file as it was. */
const upgrades: ReadonlyMap<number, (database: Database) => void> = new Map([
  [1, keyPeopleById],
  [2, timeLabels],
  [3, keyKindsAndUse],
  [4, (database) => keyVotesByKind(database, (table) => hasTable(database, table))],
]);

function upgrade(database: Database): void {
  for (let at = versionOf(database); at < version; at += 1) {
    upgrades.get(at)?.(database);
    database.exec(`PRAGMA user_version = ${at + 1}`);
  }
  // A file that may only be read is opened all the same, and even a transaction begins in it: only a write shows it.
  database.exec(`PRAGMA user_version = ${version}`);
}

function versionOf(database: Database): number {
  return Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
}

/** @throws CannotStart store_schema when the file was written by another version of the gateway */
function assertVersion(database: Database, file: string): void {
  const found = versionOf(database);
  const empty = database.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() === undefined;
  if (empty) database.exec(`PRAGMA user_version = ${version}`);
  else if (found !== version && !upgrades.has(found))
    throw new CannotStart(
      "store_schema",
      `${file} has tables of version ${found}, and this Sallyport is for ${version}: run the version that wrote it, or restore a backup of this one`,
    );
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

/**
 * Version 1 of the store knew people by their name; from version 2 on everything that is theirs has their account's id.
 * What was kept under a name goes to the account that has it today when it is no older than that account. What is older
 * was somebody else's: it stays as it is, and a vote without an account counts for nobody. Within the caller's transaction.
 */
function keyPeopleById(database: Database): void {
  const has = (table: string): boolean => hasTable(database, table);
  // The index of decisions is opened the same way, and knows nobody.
  if (!has("console_accounts") && !has("approval_votes")) return;
  database.exec(accountTable);
  if (has("console_accounts")) moveAccounts(database, has("console_identities"));
  if (has("passkeys")) movePasskeys(database);
  for (const table of ["console_identities", "console_accounts"]) database.exec(`DROP TABLE IF EXISTS ${table}`);
  if (has("approval_votes")) moveVoteFacts(database);
  if (has("approvals")) keyOpenVotes(database);
}

/** Of a row of approval_votes: the account that has the approver's name today, when the vote is no older than it. */
const fromVoter = "FROM console_people p WHERE p.name = approver AND p.created_at <= at";
const voterExists = `EXISTS (SELECT 1 ${fromVoter})`;
const voterId = `(SELECT p.id ${fromVoter})`;

function moveAccounts(database: Database, withProviders: boolean): void {
  const identity = "issuer, subject, groups, verified_at";
  const rows = withProviders
    ? `SELECT a.*, ${identity} FROM console_accounts a LEFT JOIN console_identities i ON i.name = a.name`
    : "SELECT *, NULL AS issuer, NULL AS subject, NULL AS groups, NULL AS verified_at FROM console_accounts";
  const insert = database.prepare(
    `INSERT INTO console_people (id, name, password, roles, teams, also, created_at, ${identity})
     VALUES (?, ?, nullif(?, ''), ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  // For the users of the configuration, whom nobody else has given a subject.
  const chance = database.prepare("SELECT 'u_' || lower(hex(randomblob(18))) AS subject");
  for (const row of database.prepare(rows).all()) {
    const { name = null, password = null, roles = null, teams = null, also = null, created_at = null, ...rest } = row;
    const { issuer = null, subject = null, groups = null, verified_at = null } = rest;
    const made = String(chance.get()?.["subject"]);
    const id = issuer === null ? accountId(localIssuer, made) : accountId(String(issuer), String(subject));
    insert.run(id, name, password, roles, teams, also, created_at, issuer, subject, groups, verified_at);
  }
}

function movePasskeys(database: Database): void {
  const columns = "label, public_key, counter, transports, synced, created_at, used_at";
  database.exec(`
    ALTER TABLE passkeys RENAME TO passkeys_by_name;
    DROP INDEX IF EXISTS passkeys_by_user;
    ${passkeyTable};
    INSERT INTO passkeys (id, account, ${columns})
      SELECT k.id, p.id, ${columns.replace("created_at", "k.created_at")}
      FROM passkeys_by_name k JOIN console_people p ON p.name = k.user ORDER BY k.rowid;
    DROP TABLE passkeys_by_name`);
}

/** The trigger that writes them is made anew by its owner. */
function moveVoteFacts(database: Database): void {
  database.exec(`
    DROP TRIGGER IF EXISTS approval_vote_cast;
    ALTER TABLE approval_votes ADD COLUMN name TEXT NOT NULL DEFAULT '';
    UPDATE approval_votes SET name = approver;
    UPDATE approval_votes SET approver = ${voterId} WHERE ${voterExists}`);
}

function keyOpenVotes(database: Database): void {
  database.exec(`
    UPDATE approvals SET votes = (
      SELECT json_group_array(json(CASE WHEN p.id IS NULL THEN v.value ELSE json_set(v.value, '$.account', p.id) END))
      FROM json_each(approvals.votes) v LEFT JOIN console_people p
        ON p.name = v.value ->> '$.approver' AND p.created_at <= v.value ->> '$.at'
    ) WHERE state IN ('held', 'approved') AND votes <> '[]'`);
}

function keyKindsAndUse(database: Database): void {
  for (const step of [keyDefinitionsByKind, takeClientsAsUsed]) step(database, (table) => hasTable(database, table));
}

function hasTable(database: Database, table: string): boolean {
  return database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(table) !== undefined;
}

/** From version 3 on a label ends some time after it was given last. What version 2 has is as if it were given now. */
function timeLabels(database: Database): void {
  if (!hasTable(database, "session_labels")) return;
  database.exec(`
    ALTER TABLE session_labels ADD COLUMN last INTEGER NOT NULL DEFAULT 0;
    UPDATE session_labels SET last = unixepoch() * 1000`);
}
