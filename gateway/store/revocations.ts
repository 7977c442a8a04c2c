import type { RevocationStore } from "../domain/ports.ts";
import type { Revocation } from "../domain/revocation.ts";
import type { Connection } from "./connection.ts";
import { writtenElsewhere } from "./change-detector.ts";

const table = "CREATE TABLE IF NOT EXISTS revocations (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT";

export function revocationStore(connection: Connection): RevocationStore {
  const { database } = connection;
  database.exec(table);
  const add = database.prepare("INSERT INTO revocations (id, body) VALUES (?, ?) ON CONFLICT (id) DO NOTHING");
  const lift = database.prepare("DELETE FROM revocations WHERE id = ?");
  const list = database.prepare("SELECT body FROM revocations ORDER BY rowid");
  return {
    add: (revocation) => connection.run(() => void add.run(revocation.id, JSON.stringify(revocation))),
    lift: (id) => connection.run(() => lift.run(id).changes === 1),
    list: () => connection.run(() => list.all().map((row) => JSON.parse(String(row["body"])) as Revocation)),
    changedElsewhere: writtenElsewhere(database),
  };
}
