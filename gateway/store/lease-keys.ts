import type { LeaseKeyStore } from "../domain/ports.ts";
import type { Sql } from "./sql.ts";

/** Keys that tokens of tasks are signed with; all processes of one store sign with the newest. */
export function leaseKeyStore(sql: Sql): LeaseKeyStore {
  sql.define("CREATE TABLE IF NOT EXISTS lease_keys (pem TEXT PRIMARY KEY, made INTEGER NOT NULL) STRICT");
  const list = sql.prepare("SELECT pem, made FROM lease_keys ORDER BY made DESC, pem");
  const add = sql.prepare(
    "INSERT INTO lease_keys (pem, made) SELECT ?1, CAST(?2 AS BIGINT) WHERE NOT EXISTS (SELECT 1 FROM lease_keys WHERE made > ?3)",
  );
  const drop = sql.prepare("DELETE FROM lease_keys WHERE made < ?");
  return {
    list: async () => (await list.all()).map(({ pem, made }) => ({ pem: String(pem), made: Number(made) })),
    add: async ({ pem, made }, before) => void (await add.run(pem, made, before)),
    drop: async (before) => void (await drop.run(before)),
  };
}
