import type { LeaseKeyStore } from "../domain/ports.ts";
import type { Connection } from "./connection.ts";

/** Keys that tokens of tasks are signed with; all processes of one store sign with the newest. */
export function leaseKeyStore(connection: Connection): LeaseKeyStore {
  const { database } = connection;
  database.exec("CREATE TABLE IF NOT EXISTS lease_keys (pem TEXT PRIMARY KEY, made INTEGER NOT NULL) STRICT");
  const list = database.prepare("SELECT pem, made FROM lease_keys ORDER BY made DESC, pem");
  const add = database.prepare(
    "INSERT INTO lease_keys (pem, made) SELECT ?1, ?2 WHERE NOT EXISTS (SELECT 1 FROM lease_keys WHERE made > ?3)",
  );
  const drop = database.prepare("DELETE FROM lease_keys WHERE made < ?");
  return {
    list: () => connection.run(() => list.all().map(({ pem, made }) => ({ pem: String(pem), made: Number(made) }))),
    add: ({ pem, made }, before) => connection.run(() => void add.run(pem, made, before)),
    drop: (before) => connection.run(() => void drop.run(before)),
  };
}
