import type { Acceptance, ChangedDefinition, DefinitionStore, SeenDefinition, StoredTool } from "../domain/ports.ts";
import type { WaitingDefinition } from "../domain/tool-definitions.ts";
import type { JsonObject } from "../lib/json.ts";
import type { Connection } from "./connection.ts";
import { dataVersion } from "./database.ts";
import { writeDetector } from "./change-detector.ts";

const columns = `(
  server TEXT NOT NULL, tool TEXT NOT NULL, digest TEXT NOT NULL, definition TEXT NOT NULL, PRIMARY KEY (server, tool)
) STRICT, WITHOUT ROWID`;

/** The first definition seen of each tool stays pinned until an operator accepts another; beside it the last, for all processes. */
export function definitionStore(connection: Connection): DefinitionStore {
  const { database } = connection;
  database.exec(`
    CREATE TABLE IF NOT EXISTS tool_definitions ${columns};
    CREATE TABLE IF NOT EXISTS tool_definitions_seen ${columns};
    CREATE TABLE IF NOT EXISTS tool_definitions_accepted (
      server TEXT NOT NULL, tool TEXT NOT NULL, digest TEXT NOT NULL, former TEXT NOT NULL, by TEXT NOT NULL, at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX IF NOT EXISTS tool_definitions_accepted_of ON tool_definitions_accepted (server, tool);
    CREATE TABLE IF NOT EXISTS tool_definitions_listed (
      server TEXT NOT NULL, tool TEXT NOT NULL, day INTEGER NOT NULL, PRIMARY KEY (server, tool)
    ) STRICT, WITHOUT ROWID`);
  const [mayHaveWritten, versionChanged] = [writeDetector(database), dataVersion(database)];
  return {
    ...listing(connection),
    ...reviews(connection),
    ...knownTools(connection),
    changedElsewhere: () => mayHaveWritten() && versionChanged(),
  };
}

/** What servers list, and what is dropped because they do not. */
function listing(connection: Connection): Pick<DefinitionStore, "listed" | "observed" | "drop"> {
  const { database } = connection;
  // Tools pinned before days were kept: nobody knows for how long they were not listed.
  database.exec(`INSERT OR IGNORE INTO tool_definitions_listed
    SELECT server, tool, unixepoch() / 86400 FROM tool_definitions`);
  const names = database.prepare(`SELECT tool, ifnull(day, 0) AS day
    FROM tool_definitions LEFT JOIN tool_definitions_listed USING (server, tool) WHERE server = ?`);
  const values = "(server, tool, digest, definition) VALUES (?, ?, ?, ?)";
  const pin = database.prepare(`INSERT OR IGNORE INTO tool_definitions ${values}`);
  const see = database.prepare(`INSERT OR REPLACE INTO tool_definitions_seen ${values}`);
  const list = database.prepare("INSERT OR REPLACE INTO tool_definitions_listed (server, tool, day) VALUES (?, ?, ?)");
  return {
    listed: (server) =>
      connection.run(() => new Map(names.all(server).map((row) => [String(row["tool"]), Number(row["day"])]))),
    observed: (all) =>
      connection.runAll(() => {
        for (const { server, tool, day, seen } of all) {
          list.run(server, tool, day);
          for (const { digest, definition } of seen) {
            const row = [server, tool, digest, JSON.stringify(definition)] as const;
            // What is pinned already, by whatever process, stays so: this one is a change, or the way back.
            if (pin.run(...row).changes === 0) see.run(...row);
          }
        }
      }),
    drop: dropping(connection),
  };
}

function dropping(connection: Connection): DefinitionStore["drop"] {
  const { database } = connection;
  const unlisted = database.prepare(`SELECT tool FROM tool_definitions JOIN tool_definitions_listed USING (server, tool)
    WHERE server = ?1 AND day < ?2 EXCEPT SELECT tool ${differing} AND server = ?1`);
  const removals = ["tool_definitions", "tool_definitions_seen", "tool_definitions_listed"].map((table) =>
    database.prepare(`DELETE FROM ${table} WHERE server = ? AND tool = ?`),
  );
  return (server, before) =>
    connection.runAll(() => {
      const tools = unlisted.all(server, before).map((row) => String(row["tool"]));
      for (const tool of tools) for (const remove of removals) remove.run(server, tool);
      return tools.length;
    });
}

/** Whether the definition `pinned` is the one that was accepted last: an acceptance ends when another one follows. */
export const isAccepted = `pinned.digest = coalesce((SELECT digest FROM tool_definitions_accepted AS accepted
  WHERE accepted.server = pinned.server AND accepted.tool = pinned.tool ORDER BY rowid DESC LIMIT 1), '')`;

const differing = `FROM tool_definitions AS pinned JOIN tool_definitions_seen AS last USING (server, tool)
  WHERE last.digest <> pinned.digest`;

function reviews(connection: Connection): Pick<DefinitionStore, "changes" | "countChanges" | "accept"> {
  const { database } = connection;
  const list = database.prepare(`SELECT server, tool, pinned.digest AS former, pinned.definition AS before,
    last.digest AS digest, last.definition AS definition ${differing} ORDER BY server, tool LIMIT ?`);
  const count = database.prepare(`SELECT count(*) AS n ${differing}`);
  const note = database.prepare(`INSERT INTO tool_definitions_accepted (server, tool, digest, former, by, at)
    SELECT server, tool, last.digest, pinned.digest, ?, ? ${differing} AND server = ? AND tool = ? AND last.digest = ?`);
  const pin = database.prepare(`UPDATE tool_definitions SET (digest, definition) =
    (SELECT digest, definition FROM tool_definitions_seen AS last WHERE last.server = ?1 AND last.tool = ?2)
    WHERE server = ?1 AND tool = ?2`);
  return {
    changes: (limit) => connection.run(() => list.all(limit).map(changedFrom)),
    countChanges: () => connection.run(() => Number(count.get()?.["n"] ?? 0)),
    accept: ({ server, tool, digest, by, at }: Acceptance) =>
      connection.runAll(() => {
        if (note.run(by, at, server, tool, digest).changes === 0) return false;
        return pin.run(server, tool).changes === 1;
      }),
  };
}

function changedFrom(row: Record<string, unknown>): ChangedDefinition {
  return {
    server: String(row["server"]),
    tool: String(row["tool"]),
    pinned: seenFrom(row, "former", "before"),
    last: seenFrom(row, "digest", "definition"),
  };
}

/** A definition of a row whose columns have these names. */
export function seenFrom(row: Record<string, unknown>, digest: string, definition: string): SeenDefinition {
  return { digest: String(row[digest]), definition: JSON.parse(String(row[definition])) as JsonObject };
}

/** Of these servers, as a JSON array of names, the tools whose pinned definition still stands and was never accepted. */
const unaccepted = `FROM tool_definitions AS pinned LEFT JOIN tool_definitions_seen AS last USING (server, tool)
  WHERE ifnull(last.digest, pinned.digest) = pinned.digest AND NOT ${isAccepted}`;

/** Definitions that wait to be accepted for the first time, and all tools. */
function knownTools(
  connection: Connection,
): Pick<DefinitionStore, "acceptFirst" | "waiting" | "countWaiting" | "tools" | "countTools" | "names"> {
  const { database } = connection;
  const ofServers = "server IN (SELECT value FROM json_each(?))";
  const wait = database.prepare(`SELECT server, tool, pinned.digest AS digest, pinned.definition AS definition
    ${unaccepted} AND ${ofServers} ORDER BY server, tool LIMIT ?`);
  const count = database.prepare(
    `SELECT server, count(*) AS n ${unaccepted} AND ${ofServers} GROUP BY server ORDER BY server`,
  );
  const note = database.prepare(`INSERT INTO tool_definitions_accepted (server, tool, digest, former, by, at)
    SELECT server, tool, pinned.digest, pinned.digest, ?, ? ${unaccepted} AND server = ? AND tool = ? AND pinned.digest = ?`);
  const list = database.prepare(`SELECT server, tool, ifnull(last.digest, pinned.digest) AS digest,
    ifnull(last.digest, pinned.digest) <> pinned.digest AS changed, ${isAccepted} AS accepted
    FROM tool_definitions AS pinned LEFT JOIN tool_definitions_seen AS last USING (server, tool)
    WHERE ?1 IS NULL OR server = ?1 ORDER BY server, tool LIMIT ?2`);
  const countAll = database.prepare("SELECT count(*) AS n FROM tool_definitions WHERE ?1 IS NULL OR server = ?1");
  const names = database.prepare("SELECT server, tool FROM tool_definitions ORDER BY server, tool");
  return {
    acceptFirst: ({ server, tool, digest, by, at }) =>
      connection.runAll(() => note.run(by, at, server, tool, digest).changes === 1),
    waiting: (servers, limit) => connection.run(() => wait.all(JSON.stringify(servers), limit).map(waitingFrom)),
    countWaiting: (servers) =>
      connection.run(() =>
        count.all(JSON.stringify(servers)).map((row) => [String(row["server"]), Number(row["n"])] as const),
      ),
    tools: ({ server, limit }) => connection.run(() => list.all(server, limit).map(toolFrom)),
    names: () =>
      connection.run(() => names.all().map((row) => ({ server: String(row["server"]), tool: String(row["tool"]) }))),
    countTools: (server) => connection.run(() => Number(countAll.get(server)?.["n"] ?? 0)),
  };
}

function waitingFrom(row: Record<string, unknown>): WaitingDefinition {
  return { server: String(row["server"]), tool: String(row["tool"]), ...seenFrom(row, "digest", "definition") };
}

function toolFrom(row: Record<string, unknown>): StoredTool {
  const [changed, accepted] = [row["changed"] === 1, row["accepted"] === 1];
  return { server: String(row["server"]), tool: String(row["tool"]), digest: String(row["digest"]), changed, accepted };
}
