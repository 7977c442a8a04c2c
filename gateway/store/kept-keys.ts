import type { KeptKeyStore } from "../domain/ports.ts";
import type { Sql } from "./sql.ts";

/** Keys that tokens of tasks are signed with; all processes of one store sign with the newest. */
export function leaseKeyStore(sql: Sql): KeptKeyStore {
  return keptKeys(sql, "lease_keys", "pem");
}

/** Keys that ids of MCP's transport sessions are sealed with; all processes of one store seal with the newest. */
export function sessionKeyStore(sql: Sql): KeptKeyStore {
  return keptKeys(sql, "session_keys", "key");
}

function keptKeys(sql: Sql, table: string, column: string): KeptKeyStore {
  sql.define(`CREATE TABLE IF NOT EXISTS ${table} (${column} TEXT PRIMARY KEY, made INTEGER NOT NULL) STRICT`);
  const list = sql.prepare(`SELECT ${column} AS text, made FROM ${table} ORDER BY made DESC, ${column}`);
  const add = sql.prepare(
    `INSERT INTO ${table} (${column}, made) SELECT ?1, CAST(?2 AS BIGINT) WHERE NOT EXISTS (SELECT 1 FROM ${table} WHERE made > ?3)`,
  );
  const drop = sql.prepare(`DELETE FROM ${table} WHERE made < ?`);
  return {
    list: async () => (await list.all()).map(({ text, made }) => ({ text: String(text), made: Number(made) })),
    // One after the other: in PostgreSQL, two that run at once would both see that there is none.
    add: ({ text, made }, before) =>
      sql.transaction("access", function* () {
        yield* add.step.run(text, made, before);
      }),
    drop: async (before) => void (await drop.run(before)),
  };
}
