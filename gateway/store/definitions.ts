import type { JsonObject } from "../domain/json.ts";
import type { DefinitionStore } from "../domain/ports.ts";
import type { Database } from "./database.ts";

/** The first definition seen of each tool stays pinned until an operator accepts another. */
export function definitionStore(database: Database): DefinitionStore {
  database.exec(`
    CREATE TABLE IF NOT EXISTS tool_definitions (
      server TEXT NOT NULL, tool TEXT NOT NULL, digest TEXT NOT NULL, definition TEXT NOT NULL, PRIMARY KEY (server, tool)
    ) STRICT, WITHOUT ROWID`);
  const select = database.prepare("SELECT digest, definition FROM tool_definitions WHERE server = ? AND tool = ?");
  const insert = database.prepare(
    "INSERT OR IGNORE INTO tool_definitions (server, tool, digest, definition) VALUES (?, ?, ?, ?)",
  );
  return {
    get: (server, tool) => {
      const row = select.get(server, tool);
      if (row === undefined) return null;
      return { digest: String(row["digest"]), definition: JSON.parse(String(row["definition"])) as JsonObject };
    },
    pin: (server, tool, digest, definition) => void insert.run(server, tool, digest, JSON.stringify(definition)),
  };
}
