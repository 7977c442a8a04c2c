import type { Acceptance, ChangedDefinition, DefinitionStore, SeenDefinition, StoredState } from "../domain/ports.ts";
import type { DefinitionKind, DefinitionName } from "../domain/definition-kinds.ts";
import type { WaitingDefinition } from "../domain/tool-definitions.ts";
import type { JsonObject } from "../lib/json.ts";
import { definitionTables } from "./definition-tables.ts";
import type { Sql } from "./sql.ts";
import { parseJson } from "../lib/parse-json.ts";

/** The first definition seen under each name stays pinned until an operator accepts another; beside it the last, for all processes. */
export function definitionStore(sql: Sql): DefinitionStore {
  sql.define(definitionTables);
  return {
    ...listing(sql),
    ...reviews(sql),
    ...waiting(sql),
    ...knownDefinitions(sql),
    changedElsewhere: sql.changedElsewhere("definitions", "definitions_accepted", "definitions_seen"),
  };
}

const ofName = "server = ? AND kind = ? AND name = ?";

/** What servers list, and what is dropped because they do not. */
function listing(sql: Sql): Pick<DefinitionStore, "listed" | "observed" | "drop"> {
  const names = sql.prepare(`SELECT name, coalesce(day, 0) AS day
    FROM definitions LEFT JOIN definitions_listed USING (server, kind, name) WHERE server = ? AND kind = ?`);
  const values = "(server, kind, name, digest, definition) VALUES (?, ?, ?, ?, ?)";
  const pin = sql.prepare(`INSERT INTO definitions ${values} ON CONFLICT DO NOTHING`);
  const see = sql.prepare(`INSERT INTO definitions_seen ${values} ON CONFLICT (server, kind, name)
    DO UPDATE SET digest = excluded.digest, definition = excluded.definition`);
  const list = sql.prepare(
    `INSERT INTO definitions_listed (server, kind, name, day) VALUES (?, ?, ?, ?)
     ON CONFLICT (server, kind, name) DO UPDATE SET day = excluded.day`,
  );
  return {
    listed: async ({ server, kind }) =>
      new Map((await names.all(server, kind)).map((row) => [String(row["name"]), Number(row["day"])])),
    observed: (all) =>
      sql.transaction("definitions", function* () {
        for (const { server, kind, name, day, seen } of all) {
          yield* list.step.run(server, kind, name, day);
          for (const { digest, definition } of seen) {
            const row = [server, kind, name, digest, JSON.stringify(definition)] as const;
            // What is pinned already, by whatever process, stays so: this one is a change, or the way back.
            if ((yield* pin.step.run(...row)) === 0) yield* see.step.run(...row);
          }
        }
      }),
    drop: dropping(sql),
  };
}

function dropping(sql: Sql): DefinitionStore["drop"] {
  const unlisted = sql.prepare(`SELECT name FROM definitions JOIN definitions_listed USING (server, kind, name)
    WHERE server = ?1 AND kind = ?2 AND day < ?3 EXCEPT SELECT name ${differing} AND server = ?1 AND kind = ?2`);
  const removals = ["definitions", "definitions_seen", "definitions_listed"].map((table) =>
    sql.prepare(`DELETE FROM ${table} WHERE ${ofName}`),
  );
  return ({ server, kind }, before) =>
    sql.transaction("definitions", function* () {
      const names = (yield* unlisted.step.all(server, kind, before)).map((row) => String(row["name"]));
      for (const name of names) for (const remove of removals) yield* remove.step.run(server, kind, name);
      return names.length;
    });
}

/** Whether the definition `pinned` is the one that was accepted last: an acceptance ends when another one follows. */
export const isAccepted = `pinned.digest = coalesce((SELECT digest FROM definitions_accepted AS accepted
  WHERE accepted.server = pinned.server AND accepted.kind = pinned.kind AND accepted.name = pinned.name
  ORDER BY rowid DESC LIMIT 1), '')`;

const differing = `FROM definitions AS pinned JOIN definitions_seen AS last USING (server, kind, name)
  WHERE last.digest <> pinned.digest`;

/** Of one server, or of all. */
const ofAsked = "(CAST(?1 AS TEXT) IS NULL OR server = ?1)";
const order = "ORDER BY server, kind, name";
const acceptance = "INSERT INTO definitions_accepted (server, kind, name, digest, former, by, at)";

function reviews(sql: Sql): Pick<DefinitionStore, "changes" | "countChanges" | "accept"> {
  const list = sql.prepare(`SELECT server, kind, name, pinned.digest AS former, pinned.definition AS before,
    last.digest AS digest, last.definition AS definition ${differing} AND ${ofAsked} ${order} LIMIT ?2`);
  const count = sql.prepare(`SELECT kind, count(*) AS n ${differing} AND ${ofAsked} GROUP BY kind`);
  const note = sql.prepare(`${acceptance}
    SELECT server, kind, name, last.digest, pinned.digest, ?, CAST(? AS BIGINT) ${differing} AND ${ofName} AND last.digest = ?`);
  const pin = sql.prepare(`UPDATE definitions SET (digest, definition) =
    (SELECT digest, definition FROM definitions_seen AS last WHERE last.server = ?1 AND last.kind = ?2 AND last.name = ?3)
    WHERE server = ?1 AND kind = ?2 AND name = ?3`);
  return {
    changes: async ({ server, limit }) => (await list.all(server, limit)).map(changedFrom),
    countChanges: async (server) => (await count.all(server)).map(countedFrom),
    accept: ({ server, kind, name, digest, by, at }: Acceptance) =>
      sql.transaction("definitions", function* () {
        if ((yield* note.step.run(by, at, server, kind, name, digest)) === 0) return false;
        return (yield* pin.step.run(server, kind, name)) === 1;
      }),
  };
}

/** Of these servers, as a JSON array of names, the definitions that are pinned, still stand, and were never accepted. */
const unaccepted = `FROM definitions AS pinned LEFT JOIN definitions_seen AS last USING (server, kind, name)
  WHERE coalesce(last.digest, pinned.digest) = pinned.digest AND NOT ${isAccepted}`;

/** Definitions that wait to be accepted for the first time. */
function waiting(sql: Sql): Pick<DefinitionStore, "acceptFirst" | "waiting" | "countWaiting"> {
  const ofServers = `server IN ${sql.listed("?")}`;
  const wait = sql.prepare(`SELECT server, kind, name, pinned.digest AS digest, pinned.definition AS definition
    ${unaccepted} AND ${ofServers} ${order} LIMIT ?`);
  const count = sql.prepare(
    `SELECT server, kind, count(*) AS n ${unaccepted} AND ${ofServers} GROUP BY server, kind ORDER BY server, kind`,
  );
  const note = sql.prepare(`${acceptance}
    SELECT server, kind, name, pinned.digest, pinned.digest, ?, CAST(? AS BIGINT) ${unaccepted} AND ${ofName} AND pinned.digest = ?`);
  return {
    acceptFirst: ({ server, kind, name, digest, by, at }) =>
      sql.transaction("definitions", function* () {
        return (yield* note.step.run(by, at, server, kind, name, digest)) === 1;
      }),
    waiting: async (servers, limit) => (await wait.all(JSON.stringify(servers), limit)).map(waitingFrom),
    async countWaiting(servers) {
      const rows = await count.all(JSON.stringify(servers));
      return rows.map((row) => ({ server: String(row["server"]), ...countedFrom(row) }));
    },
  };
}

function knownDefinitions(sql: Sql): Pick<DefinitionStore, "known" | "countKnown" | "names"> {
  const list = sql.prepare(`SELECT server, kind, name, coalesce(last.digest, pinned.digest) AS digest,
    CASE WHEN coalesce(last.digest, pinned.digest) <> pinned.digest THEN 1 ELSE 0 END AS changed,
    CASE WHEN ${isAccepted} THEN 1 ELSE 0 END AS accepted
    FROM definitions AS pinned LEFT JOIN definitions_seen AS last USING (server, kind, name)
    WHERE ${ofAsked} ${order} LIMIT ?2`);
  const count = sql.prepare(`SELECT count(*) AS n FROM definitions WHERE ${ofAsked}`);
  const names = sql.prepare(`SELECT server, kind, name FROM definitions WHERE kind IN ('tool', 'prompt') ${order}`);
  return {
    known: async ({ server, limit }) => (await list.all(server, limit)).map(stateFrom),
    countKnown: async (server) => Number((await count.get(server))?.["n"] ?? 0),
    names: async () => (await names.all()).map(nameFrom),
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
  return { digest: String(row[digest]), definition: parseJson(String(row[definition])) as JsonObject };
}

function waitingFrom(row: Row): WaitingDefinition {
  return { ...nameFrom(row), ...seenFrom(row, "digest", "definition") };
}

function stateFrom(row: Row): StoredState {
  const [changed, accepted] = [row["changed"] === 1, row["accepted"] === 1];
  return { ...nameFrom(row), digest: String(row["digest"]), changed, accepted };
}
