import type { RegisteredClient, RegisteredClientStore } from "../domain/ports.ts";
import type { Connection } from "./connection.ts";

const schema = `
  CREATE TABLE IF NOT EXISTS oauth_clients (
    id TEXT PRIMARY KEY, document TEXT NOT NULL, ends_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS oauth_clients_end ON oauth_clients (ends_at);
  CREATE TABLE IF NOT EXISTS oauth_clients_used (id TEXT PRIMARY KEY) STRICT;
`;

/** Clients that registered themselves, until their time is over. */
export function registeredClientStore(connection: Connection): RegisteredClientStore {
  const { database } = connection;
  database.exec(schema);
  const one = database.prepare("SELECT document, ends_at FROM oauth_clients WHERE id = ? AND ends_at > ?");
  const forget = database.prepare("DELETE FROM oauth_clients WHERE ends_at <= ?");
  const forgetUse = database.prepare(
    "DELETE FROM oauth_clients_used WHERE id IN (SELECT id FROM oauth_clients WHERE ends_at <= ?)",
  );
  const makeRoom = database.prepare(
    `DELETE FROM oauth_clients WHERE (SELECT COUNT(*) FROM oauth_clients) >= ?1 AND id = (
       SELECT id FROM oauth_clients WHERE id NOT IN (SELECT id FROM oauth_clients_used) ORDER BY ends_at, id LIMIT 1
     )`,
  );
  const insert = database.prepare(
    `INSERT INTO oauth_clients (id, document, ends_at)
     SELECT ?1, ?2, ?3 WHERE (SELECT COUNT(*) FROM oauth_clients) < ?4`,
  );
  const keep = database.prepare("UPDATE oauth_clients SET ends_at = ?2 WHERE id = ?1 AND ends_at < ?2");
  const use = database.prepare(
    "INSERT INTO oauth_clients_used (id) SELECT id FROM oauth_clients WHERE id = ? ON CONFLICT DO NOTHING",
  );
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
        forgetUse.run(now);
        forget.run(now);
        makeRoom.run(most);
        return insert.run(document.id, JSON.stringify(document), endsAt, most).changes === 1;
      }),
    keepUntil: (id, endsAt) =>
      connection.runAll(() => {
        keep.run(id, endsAt);
        use.run(id);
      }),
  };
}
