import type { Acceptance, ChangedDefinition, DefinitionStore, SeenDefinition, StoredState } from "../domain/ports.ts";
import type { DefinitionKind, DefinitionName } from "../domain/definition-kinds.ts";
import type { WaitingDefinition } from "../domain/tool-definitions.ts";
import type { JsonObject } from "../lib/json.ts";
import type { Connection } from "./connection.ts";
import { dataVersion } from "./database.ts";
import { definitionTables } from "./definition-tables.ts";
import { writeDetector } from "./change-detector.ts";

/** The first definition seen under each name stays pinned until an operator accepts another; beside it the last, for all processes. */
export function definitionStore(connection: Connection): DefinitionStore {
  const { database } = connection;
  database.exec(definitionTables);
  const [mayHaveWritten, versionChanged] = [writeDetector(database), dataVersion(database)];
  return {
    ...listing(connection),
    ...reviews(connection),
    ...waiting(connection),
    ...knownDefinitions(connection),
    changedElsewhere: () => mayHaveWritten() && versionChanged(),
  };
}

const ofName = "server = ? AND kind = ? AND name = ?";

/** What servers list, and what is dropped because they do not. */
function listing(connection: Connection): Pick<DefinitionStore, "listed" | "observed" | "drop"> {
  const { database } = connection;
  const names = database.prepare(`SELECT name, ifnull(day, 0) AS day
    FROM definitions LEFT JOIN definitions_listed USING (server, kind, name) WHERE server = ? AND kind = ?`);
  const values = "(server, kind, name, digest, definition) VALUES (?, ?, ?, ?, ?)";
  const pin = database.prepare(`INSERT OR IGNORE INTO definitions ${values}`);
  const see = database.prepare(`INSERT OR REPLACE INTO definitions_seen ${values}`);
  const list = database.prepare(
    "INSERT OR REPLACE INTO definitions_listed (server, kind, name, day) VALUES (?, ?, ?, ?)",
  );
  return {
    listed: ({ server, kind }) =>
      connection.run(() => new Map(names.all(server, kind).map((row) => [String(row["name"]), Number(row["day"])]))),
    observed: (all) =>
      connection.runAll(() => {
        for (const { server, kind, name, day, seen } of all) {
          list.run(server, kind, name, day);
          for (const { digest, definition } of seen) {
            const row = [server, kind, name, digest, JSON.stringify(definition)] as const;
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
  const unlisted = database.prepare(`SELECT name FROM definitions JOIN definitions_listed USING (server, kind, name)
    WHERE server = ?1 AND kind = ?2 AND day < ?3 EXCEPT SELECT name ${differing} AND server = ?1 AND kind = ?2`);
  const removals = ["definitions", "definitions_seen", "definitions_listed"].map((table) =>
    database.prepare(`DELETE FROM ${table} WHERE ${ofName}`),
  );
  return ({ server, kind }, before) =>
    connection.runAll(() => {
      const names = unlisted.all(server, kind, before).map((row) => String(row["name"]));
      for (const name of names) for (const remove of removals) remove.run(server, kind, name);
      return names.length;
    });
}

/** Whether the definition `pinned` is the one that was accepted last: an acceptance ends when another one follows. */
export const isAccepted = `pinned.digest = ifnull((SELECT digest FROM definitions_accepted AS accepted
  WHERE accepted.server = pinned.server AND accepted.kind = pinned.kind AND accepted.name = pinned.name
  ORDER BY rowid DESC LIMIT 1), '')`;

const differing = `FROM definitions AS pinned JOIN definitions_seen AS last USING (server, kind, name)
  WHERE last.digest <> pinned.digest`;

const order = "ORDER BY server, kind, name";
const acceptance = "INSERT INTO definitions_accepted (server, kind, name, digest, former, by, at)";

function reviews(connection: Connection): Pick<DefinitionStore, "changes" | "countChanges" | "accept"> {
  const { database } = connection;
  const list = database.prepare(`SELECT server, kind, name, pinned.digest AS former, pinned.definition AS before,
    last.digest AS digest, last.definition AS definition ${differing} ${order} LIMIT ?`);
  const count = database.prepare(`SELECT kind, count(*) AS n ${differing} GROUP BY kind`);
  const note = database.prepare(`${acceptance}
    SELECT server, kind, name, last.digest, pinned.digest, ?, ? ${differing} AND ${ofName} AND last.digest = ?`);
  const pin = database.prepare(`UPDATE definitions SET (digest, definition) =
    (SELECT digest, definition FROM definitions_seen AS last WHERE last.server = ?1 AND last.kind = ?2 AND last.name = ?3)
    WHERE server = ?1 AND kind = ?2 AND name = ?3`);
  return {
    changes: (limit) => connection.run(() => list.all(limit).map(changedFrom)),
    countChanges: () => connection.run(() => count.all().map(countedFrom)),
    accept: ({ server, kind, name, digest, by, at }: Acceptance) =>
      connection.runAll(() => {
        if (note.run(by, at, server, kind, name, digest).changes === 0) return false;
        return pin.run(server, kind, name).changes === 1;
      }),
  };
}

/** Of these servers, as a JSON array of names, the definitions that are pinned, still stand, and were never accepted. */
const unaccepted = `FROM definitions AS pinned LEFT JOIN definitions_seen AS last USING (server, kind, name)
  WHERE ifnull(last.digest, pinned.digest) = pinned.digest AND NOT ${isAccepted}`;

/** Definitions that wait to be accepted for the first time. */
function waiting(connection: Connection): Pick<DefinitionStore, "acceptFirst" | "waiting" | "countWaiting"> {
  const { database } = connection;
  const ofServers = "server IN (SELECT value FROM json_each(?))";
  const wait = database.prepare(`SELECT server, kind, name, pinned.digest AS digest, pinned.definition AS definition
    ${unaccepted} AND ${ofServers} ${order} LIMIT ?`);
  const count = database.prepare(
    `SELECT server, kind, count(*) AS n ${unaccepted} AND ${ofServers} GROUP BY server, kind ORDER BY server, kind`,
  );
  const note = database.prepare(`${acceptance}
    SELECT server, kind, name, pinned.digest, pinned.digest, ?, ? ${unaccepted} AND ${ofName} AND pinned.digest = ?`);
  return {
    acceptFirst: ({ server, kind, name, digest, by, at }) =>
      connection.runAll(() => note.run(by, at, server, kind, name, digest).changes === 1),
    waiting: (servers, limit) => connection.run(() => wait.all(JSON.stringify(servers), limit).map(waitingFrom)),
    countWaiting: (servers) =>
      connection.run(() =>
        count.all(JSON.stringify(servers)).map((row) => ({ server: String(row["server"]), ...countedFrom(row) })),
      ),
  };
}

function knownDefinitions(connection: Connection): Pick<DefinitionStore, "known" | "countKnown" | "names"> {
  const { database } = connection;
  const list = database.prepare(`SELECT server, kind, name, ifnull(last.digest, pinned.digest) AS digest,
    ifnull(last.digest, pinned.digest) <> pinned.digest AS changed, ${isAccepted} AS accepted
    FROM definitions AS pinned LEFT JOIN definitions_seen AS last USING (server, kind, name)
    WHERE ?1 IS NULL OR server = ?1 ${order} LIMIT ?2`);
  const count = database.prepare("SELECT count(*) AS n FROM definitions WHERE ?1 IS NULL OR server = ?1");
  const names = database.prepare(
    `SELECT server, kind, name FROM definitions WHERE kind IN ('tool', 'prompt') ${order}`,
  );
  return {
    known: ({ server, limit }) => connection.run(() => list.all(server, limit).map(stateFrom)),
    countKnown: (server) => connection.run(() => Number(count.get(server)?.["n"] ?? 0)),
    names: () => connection.run(() => names.all().map(nameFrom)),
  };
}

type Row = Record<string, unknown>;

function nameFrom(row: Row): DefinitionName {
  return { server: String(row["server"]), kind: String(row["kind"]) as DefinitionKind, name: String(row["name"]) };
}

function countedFrom(row: Row): { readonly kind: DefinitionKind; readonly count: number } {
  return { kind: String(row["kind"]) as DefinitionKind, count: Number(row["n"]) };
}

function changedFrom(row: Row): ChangedDefinition {
  const [pinned, last] = [seenFrom(row, "former", "before"), seenFrom(row, "digest", "definition")];
  return { ...nameFrom(row), pinned, last };
}

/** A definition of a row whose columns have these names. */
export function seenFrom(row: Row, digest: string, definition: string): SeenDefinition {
  return { digest: String(row[digest]), definition: JSON.parse(String(row[definition])) as JsonObject };
}

function waitingFrom(row: Row): WaitingDefinition {
  return { ...nameFrom(row), ...seenFrom(row, "digest", "definition") };
}

function stateFrom(row: Row): StoredState {
  const [changed, accepted] = [row["changed"] === 1, row["accepted"] === 1];
  return { ...nameFrom(row), digest: String(row["digest"]), changed, accepted };
}
