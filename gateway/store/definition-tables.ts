import type { DatabaseSync } from "node:sqlite";

const key = "server TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL";
const keyed = "PRIMARY KEY (server, kind, name)) STRICT, WITHOUT ROWID";

/** Tables of definitions, from version 4 of the store on. */
export const definitionTables = `
  CREATE TABLE IF NOT EXISTS definitions (${key}, digest TEXT NOT NULL, definition TEXT NOT NULL, ${keyed};
  CREATE TABLE IF NOT EXISTS definitions_seen (${key}, digest TEXT NOT NULL, definition TEXT NOT NULL, ${keyed};
  CREATE TABLE IF NOT EXISTS definitions_listed (${key}, day INTEGER NOT NULL, ${keyed};
  CREATE TABLE IF NOT EXISTS definitions_accepted (
    ${key}, digest TEXT NOT NULL, former TEXT NOT NULL, by TEXT NOT NULL, at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS definitions_accepted_of ON definitions_accepted (server, kind, name)`;

/**
 * Up to version 3 all definitions were of tools. Those that were pinned before days were kept count as listed today: nobody knows for
 * how long they were not.
 */
export function keyDefinitionsByKind(database: DatabaseSync, has: (table: string) => boolean): void {
  if (!has("tool_definitions")) return;
  database.exec(definitionTables);
  const tables: readonly (readonly [table: string, columns: string])[] = [
    ["definitions", "digest, definition"],
    ["definitions_seen", "digest, definition"],
    ["definitions_listed", "day"],
    ["definitions_accepted", "digest, former, by, at"],
  ];
  for (const [table, columns] of tables) {
    if (!has(`tool_${table}`)) continue;
    database.exec(`INSERT INTO ${table} (server, kind, name, ${columns})
      SELECT server, 'tool', tool, ${columns} FROM tool_${table}${table === "definitions_accepted" ? " ORDER BY rowid" : ""};
      DROP TABLE tool_${table}`);
  }
  database.exec(
    `INSERT OR IGNORE INTO definitions_listed SELECT server, kind, name, unixepoch() / 86400 FROM definitions`,
  );
}
