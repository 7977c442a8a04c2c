import type { RegisteredClient, RegisteredClientStore } from "../domain/ports.ts";
import type { Connection } from "./connection.ts";

const schema = `
  CREATE TABLE IF NOT EXISTS oauth_clients (
    id TEXT PRIMARY KEY, document TEXT NOT NULL, ends_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS oauth_clients_end ON oauth_clients (ends_at);
  CREATE TABLE IF NOT EXISTS oauth_clients_used (id TEXT PRIMARY KEY) STRICT;
`;

const insertion = `INSERT INTO oauth_clients (id, document, ends_at)
  SELECT ?1, ?2, ?3 WHERE (SELECT COUNT(*) FROM oauth_clients) < ?4`;

/** One that nobody has used, where there are as many as may be. */
const eviction = `DELETE FROM oauth_clients WHERE (SELECT COUNT(*) FROM oauth_clients) >= ?1 AND id = (
    SELECT id FROM oauth_clients WHERE id NOT IN (SELECT id FROM oauth_clients_used) ORDER BY ends_at, id LIMIT 1
  )`;

const use = "INSERT INTO oauth_clients_used (id) SELECT id FROM oauth_clients WHERE id = ? ON CONFLICT DO NOTHING";
const forgetUse = "DELETE FROM oauth_clients_used WHERE id IN (SELECT id FROM oauth_clients WHERE ends_at <= ?)";

/** Clients that registered themselves, until their time is over. */
export function registeredClientStore(connection: Connection): RegisteredClientStore {
  const { database } = connection;
  database.exec(schema);
  const one = database.prepare("SELECT document, ends_at FROM oauth_clients WHERE id = ? AND ends_at > ?");
  const forget = [database.prepare(forgetUse), database.prepare("DELETE FROM oauth_clients WHERE ends_at <= ?")];
  const makeRoom = database.prepare(eviction);
  const insert = database.prepare(insertion);
  const keep = database.prepare("UPDATE oauth_clients SET ends_at = ?2 WHERE id = ?1 AND ends_at < ?2");
  const used = database.prepare(use);
  return {
    get: (id, now) =>
      connection.run(() => {
        const found = one.get(id, now);
        if (found === undefined) return null;
        const document = JSON.parse(String(found["document"])) as Omit<RegisteredClient, "endsAt">;
        return { ...document, endsAt: Number(found["ends_at"]) };
      }),
    add: ({ endsAt, ...document }, most, now) =>
      connection.runAll(() => {
        for (const statement of forget) statement.run(now);
        makeRoom.run(most);
        return insert.run(document.id, JSON.stringify(document), endsAt, most).changes === 1;
      }),
    keepUntil: (id, endsAt) =>
      connection.runAll(() => {
        keep.run(id, endsAt);
        used.run(id);
      }),
  };
}
