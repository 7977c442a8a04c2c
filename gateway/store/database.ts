import { DatabaseSync } from "node:sqlite";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";

export type Database = DatabaseSync;

/**
 * Opens the embedded store. WAL with synchronous=FULL: a write is on disk when the call returns,
 * which is what "durable before anyone is told" rests on (https://www.sqlite.org/pragma.html#pragma_synchronous).
 * Each table's owner creates it with `CREATE TABLE IF NOT EXISTS … STRICT` from the same folder.
 */
export function openDatabase(file: string): Database {
  if (file !== ":memory:") mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(file, { timeout: 5_000 });
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
  return database;
}
