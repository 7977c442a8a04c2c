import type { RegisteredClient, RegisteredClientStore } from "../domain/ports.ts";
import type { Sql } from "./sql.ts";

const schema = `
  CREATE TABLE IF NOT EXISTS oauth_clients (
    id TEXT PRIMARY KEY, document TEXT NOT NULL, ends_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS oauth_clients_end ON oauth_clients (ends_at);
`;

/** Clients that registered themselves, until their time is over. */
export function registeredClientStore(sql: Sql): RegisteredClientStore {
  sql.define(schema);
  const one = sql.prepare("SELECT document, ends_at FROM oauth_clients WHERE id = ? AND ends_at > ?");
  const forget = sql.prepare("DELETE FROM oauth_clients WHERE ends_at <= ?");
  const insert = sql.prepare(
    `INSERT INTO oauth_clients (id, document, ends_at)
     SELECT ?1, ?2, CAST(?3 AS BIGINT) WHERE (SELECT COUNT(*) FROM oauth_clients) < ?4`,
  );
  const keep = sql.prepare("UPDATE oauth_clients SET ends_at = ?2 WHERE id = ?1 AND ends_at < ?2");
  return {
    get: async (id, now) => {
      const found = await one.get(id, now);
      if (found === undefined) return null;
      const document = JSON.parse(String(found["document"])) as Omit<RegisteredClient, "endsAt">;
      return { ...document, endsAt: Number(found["ends_at"]) };
    },
    add: ({ endsAt, ...document }, most, now) =>
      sql.transaction("clients", function* () {
        yield* forget.step.run(now);
        return (yield* insert.step.run(document.id, JSON.stringify(document), endsAt, most)) === 1;
      }),
    keepUntil: async (id, endsAt) => void (await keep.run(id, endsAt)),
  };
}
