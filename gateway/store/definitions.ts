import type { JsonObject } from "../domain/json.ts";
import type { Acceptance, ChangedDefinition, DefinitionStore } from "../domain/ports.ts";
import { type Database, dataVersion, transactions } from "./database.ts";
import { written } from "./written.ts";

const columns = `(
  server TEXT NOT NULL, tool TEXT NOT NULL, digest TEXT NOT NULL, definition TEXT NOT NULL, PRIMARY KEY (server, tool)
) STRICT, WITHOUT ROWID`;

/** The first definition seen of each tool stays pinned until an operator accepts another; beside it the last, for all processes. */
export function definitionStore(database: Database): DefinitionStore {
  database.exec(`
    CREATE TABLE IF NOT EXISTS tool_definitions ${columns};
    CREATE TABLE IF NOT EXISTS tool_definitions_seen ${columns};
    CREATE TABLE IF NOT EXISTS tool_definitions_accepted (
      server TEXT NOT NULL, tool TEXT NOT NULL, digest TEXT NOT NULL, former TEXT NOT NULL, by TEXT NOT NULL, at INTEGER NOT NULL
    ) STRICT`);
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
  const count = database.prepare("SELECT count(*) AS n FROM tool_definitions WHERE server = ?");
  const [mayHaveWritten, versionChanged] = [written(database), dataVersion(database)];
  return {
    get: of("tool_definitions"),
    pin: insert("tool_definitions", "IGNORE"),
    last: of("tool_definitions_seen"),
    see: insert("tool_definitions_seen", "REPLACE"),
    count: (server) => Number(count.get(server)?.["n"] ?? 0),
    ...reviews(database),
    changedElsewhere: () => mayHaveWritten() && versionChanged(),
  };
}

const differing = `FROM tool_definitions AS pinned JOIN tool_definitions_seen AS last USING (server, tool)
  WHERE last.digest <> pinned.digest`;

function reviews(database: Database): Pick<DefinitionStore, "changes" | "countChanges" | "accept"> {
  const list = database.prepare(`SELECT server, tool, pinned.digest AS former, pinned.definition AS before,
    last.digest AS digest, last.definition AS definition ${differing} ORDER BY server, tool LIMIT ?`);
  const count = database.prepare(`SELECT count(*) AS n ${differing}`);
  const note = database.prepare(`INSERT INTO tool_definitions_accepted (server, tool, digest, former, by, at)
    SELECT server, tool, last.digest, pinned.digest, ?, ? ${differing} AND server = ? AND tool = ? AND last.digest = ?`);
  const pin = database.prepare(`UPDATE tool_definitions SET (digest, definition) =
    (SELECT digest, definition FROM tool_definitions_seen AS last WHERE last.server = ?1 AND last.tool = ?2)
    WHERE server = ?1 AND tool = ?2`);
  const atomically = transactions(database);
  return {
    changes: (limit) => list.all(limit).map(changedFrom),
    countChanges: () => Number(count.get()?.["n"] ?? 0),
    accept: ({ server, tool, digest, by, at }: Acceptance) =>
      atomically(() => {
        if (note.run(by, at, server, tool, digest).changes === 0) return false;
        return pin.run(server, tool).changes === 1;
      }),
  };
}

function changedFrom(row: Record<string, unknown>): ChangedDefinition {
  const seen = (digest: string, definition: string) => ({
    digest: String(row[digest]),
    definition: JSON.parse(String(row[definition])) as JsonObject,
  });
  return {
    server: String(row["server"]),
    tool: String(row["tool"]),
    pinned: seen("former", "before"),
    last: seen("digest", "definition"),
  };
}

function fromRow(row: Record<string, unknown> | undefined) {
  if (row === undefined) return null;
  return { digest: String(row["digest"]), definition: JSON.parse(String(row["definition"])) as JsonObject };
}
