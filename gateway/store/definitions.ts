import type { JsonObject } from "../domain/json.ts";
import type { DefinitionStore } from "../domain/ports.ts";
import { type Database, dataVersion } from "./database.ts";
import { written } from "./written.ts";

const columns = `(
  server TEXT NOT NULL, tool TEXT NOT NULL, digest TEXT NOT NULL, definition TEXT NOT NULL, PRIMARY KEY (server, tool)
) STRICT, WITHOUT ROWID`;

/** The first definition seen of each tool stays pinned until an operator accepts another; beside it the last, for all processes. */
export function definitionStore(database: Database): DefinitionStore {
  database.exec(`
    CREATE TABLE IF NOT EXISTS tool_definitions ${columns};
    CREATE TABLE IF NOT EXISTS tool_definitions_seen ${columns}`);
  const of = (table: string) => {
    const select = database.prepare(`SELECT digest, definition FROM ${table} WHERE server = ? AND tool = ?`);
    return (server: string, tool: string) => fromRow(select.get(server, tool));
  };
  const insert = (table: string, conflict: "IGNORE" | "REPLACE") => {
    const run = database.prepare(
      `INSERT OR ${conflict} INTO ${table} (server, tool, digest, definition) VALUES (?, ?, ?, ?)`,
    );
    return (server: string, tool: string, digest: string, definition: JsonObject) =>
      void run.run(server, tool, digest, JSON.stringify(definition));
  };
  const [mayHaveWritten, versionChanged] = [written(database), dataVersion(database)];
  return {
    get: of("tool_definitions"),
    pin: insert("tool_definitions", "IGNORE"),
    last: of("tool_definitions_seen"),
    see: insert("tool_definitions_seen", "REPLACE"),
    changedElsewhere: () => mayHaveWritten() && versionChanged(),
  };
}

function fromRow(row: Record<string, unknown> | undefined) {
  if (row === undefined) return null;
  return { digest: String(row["digest"]), definition: JSON.parse(String(row["definition"])) as JsonObject };
}
