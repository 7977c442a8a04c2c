import type { Acceptance, ChangedDefinition, DefinitionStore, SessionStore } from "../domain/ports.ts";
import type { JsonObject } from "../lib/json.ts";
import { type Database, dataVersion, transactions } from "./database.ts";
import { writeDetector } from "./change-detector.ts";

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
    ) STRICT;
    CREATE TABLE IF NOT EXISTS tool_definitions_listed (
      server TEXT NOT NULL, tool TEXT NOT NULL, day INTEGER NOT NULL, PRIMARY KEY (server, tool)
    ) STRICT, WITHOUT ROWID`);
  const of = (table: string) => {
    const select = database.prepare(`SELECT digest, definition FROM ${table} WHERE server = ? AND tool = ?`);
    return (server: string, tool: string) => fromRow(select.get(server, tool));
  };
  const [mayHaveWritten, versionChanged] = [writeDetector(database), dataVersion(database)];
  return {
    get: of("tool_definitions"),
    last: of("tool_definitions_seen"),
    ...listing(database),
    ...reviews(database),
    changedElsewhere: () => mayHaveWritten() && versionChanged(),
  };
}

/** What servers list, and what is dropped because they do not. */
function listing(database: Database): Pick<DefinitionStore, "listed" | "observed" | "drop"> {
  // Tools pinned before days were kept: nobody knows for how long they were not listed.
  database.exec(`INSERT OR IGNORE INTO tool_definitions_listed
    SELECT server, tool, unixepoch() / 86400 FROM tool_definitions`);
  const names = database.prepare(`SELECT tool, ifnull(day, 0) AS day
    FROM tool_definitions LEFT JOIN tool_definitions_listed USING (server, tool) WHERE server = ?`);
  const values = "(server, tool, digest, definition) VALUES (?, ?, ?, ?)";
  const pin = database.prepare(`INSERT OR IGNORE INTO tool_definitions ${values}`);
  const see = database.prepare(`INSERT OR REPLACE INTO tool_definitions_seen ${values}`);
  const list = database.prepare("INSERT OR REPLACE INTO tool_definitions_listed (server, tool, day) VALUES (?, ?, ?)");
  const atomically = transactions(database);
  return {
    listed: (server) => new Map(names.all(server).map((row) => [String(row["tool"]), Number(row["day"])])),
    observed: (all) =>
      atomically(() => {
        for (const { server, tool, day, seen } of all) {
          list.run(server, tool, day);
          for (const { digest, definition } of seen) {
            const row = [server, tool, digest, JSON.stringify(definition)] as const;
            // What is pinned already, by whatever process, stays so: this one is a change, or the way back.
            if (pin.run(...row).changes === 0) see.run(...row);
          }
        }
      }),
    drop: dropping(database, atomically),
  };
}

function dropping(database: Database, atomically: ReturnType<typeof transactions>): DefinitionStore["drop"] {
  const unlisted = database.prepare(`SELECT tool FROM tool_definitions JOIN tool_definitions_listed USING (server, tool)
    WHERE server = ?1 AND day < ?2 EXCEPT SELECT tool ${differing} AND server = ?1`);
  const removals = ["tool_definitions", "tool_definitions_seen", "tool_definitions_listed"].map((table) =>
    database.prepare(`DELETE FROM ${table} WHERE server = ? AND tool = ?`),
  );
  return (server, before) =>
    atomically(() => {
      const tools = unlisted.all(server, before).map((row) => String(row["tool"]));
      for (const tool of tools) for (const remove of removals) remove.run(server, tool);
      return tools.length;
    });
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

/** Labels of sessions and principals: they outlive the process, so a restart launders nothing. */
export function sessionStore(database: Database): SessionStore {
  database.exec(`
    CREATE TABLE IF NOT EXISTS session_labels (
      key TEXT NOT NULL, label TEXT NOT NULL, since INTEGER NOT NULL, PRIMARY KEY (key, label)
    ) STRICT, WITHOUT ROWID`);
  const select = database.prepare("SELECT label FROM session_labels WHERE key = ? ORDER BY label");
  const insert = database.prepare("INSERT OR IGNORE INTO session_labels (key, label, since) VALUES (?, ?, ?)");
  return {
    labels: (key) => select.all(key).map((row) => String(row["label"])),
    addLabels: (key, labels, now) => {
      for (const label of labels) insert.run(key, label, now);
    },
  };
}
