import type { DatabaseSync } from "node:sqlite";
import type { RegisteredClient, RegisteredClientStore } from "../domain/ports.ts";
import type { Sql } from "./sql.ts";
import { parseJson } from "../lib/parse-json.ts";

const usedTable = "CREATE TABLE IF NOT EXISTS oauth_clients_used (id TEXT PRIMARY KEY) STRICT";

const schema = `
  CREATE TABLE IF NOT EXISTS oauth_clients (
    id TEXT PRIMARY KEY, document TEXT NOT NULL, ends_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS oauth_clients_end ON oauth_clients (ends_at);
  ${usedTable};
`;

const insertion = `INSERT INTO oauth_clients (id, document, ends_at)
  SELECT ?1, ?2, CAST(?3 AS BIGINT) WHERE (SELECT COUNT(*) FROM oauth_clients) < ?4`;

/** One that nobody has used, where there are as many as may be. */
const eviction = `DELETE FROM oauth_clients WHERE (SELECT COUNT(*) FROM oauth_clients) >= ?1 AND id = (
    SELECT id FROM oauth_clients WHERE id NOT IN (SELECT id FROM oauth_clients_used) ORDER BY ends_at, id LIMIT 1
  )`;

const use = "INSERT INTO oauth_clients_used (id) SELECT id FROM oauth_clients WHERE id = ? ON CONFLICT DO NOTHING";
const forgetUse = "DELETE FROM oauth_clients_used WHERE id IN (SELECT id FROM oauth_clients WHERE ends_at <= ?)";

/** Up to version 3 nobody noted which clients are used. All that version has count as used: any may be, and each ends at its time. */
export function takeClientsAsUsed(database: DatabaseSync, has: (table: string) => boolean): void {
  if (has("oauth_clients"))
    database.exec(`${usedTable}; INSERT OR IGNORE INTO oauth_clients_used SELECT id FROM oauth_clients`);
}

/** Clients that registered themselves, until their time is over. */
export function registeredClientStore(sql: Sql): RegisteredClientStore {
  sql.define(schema);
  const one = sql.prepare("SELECT document, ends_at FROM oauth_clients WHERE id = ? AND ends_at > ?");
  const forget = [sql.prepare(forgetUse), sql.prepare("DELETE FROM oauth_clients WHERE ends_at <= ?")];
  const makeRoom = sql.prepare(eviction);
  const insert = sql.prepare(insertion);
  const keep = sql.prepare("UPDATE oauth_clients SET ends_at = ?2 WHERE id = ?1 AND ends_at < ?2");
  const used = sql.prepare(use);
  return {
    async get(id, now) {
      const found = await one.get(id, now);
      if (found === undefined) return null;
      const document = parseJson(String(found["document"])) as Omit<RegisteredClient, "endsAt">;
      return { ...document, endsAt: Number(found["ends_at"]) };
    },
    add: ({ endsAt, ...document }, most, now) =>
      sql.transaction("clients", function* () {
        for (const statement of forget) yield* statement.step.run(now);
        yield* makeRoom.step.run(most);
        return (yield* insert.step.run(document.id, JSON.stringify(document), endsAt, most)) === 1;
      }),
    keepUntil: (id, endsAt) =>
      sql.transaction("clients", function* () {
        yield* keep.step.run(id, endsAt);
        yield* used.step.run(id);
      }),
  };
}
