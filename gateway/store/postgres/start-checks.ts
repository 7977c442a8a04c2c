import { CannotStart } from "../../domain/errors.ts";
import type { SqlRow } from "../sql.ts";
import type { PostgresConnection } from "./connection.ts";
import { tables } from "./migrations.ts";

const rights = ["SELECT", "INSERT", "UPDATE", "DELETE"];
/** Of tables that a gateway reads alone, or locks rows of. */
const fewerRights: Readonly<Record<string, readonly string[]>> = {
  store_schema: ["SELECT"],
  store_areas: ["SELECT", "UPDATE"],
};

const question = `SELECT pg_is_in_recovery() AS standby, current_setting('synchronous_commit') AS durable,
  current_setting('transaction_read_only') AS read_only, current_setting('application_name') AS name`;

/**
 * What a gateway needs beside its tables: a database that can be written, that keeps what it has confirmed, that knows this process by its name, and
 * rights.
 * @throws CannotStart store_refused, store_rights
 */
export async function assertUsable(connection: PostgresConnection, place: string, process: string): Promise<void> {
  const row = (await connection.prepare(question).get()) ?? {};
  const problem = problemOf(row, process);
  if (problem !== null) throw new CannotStart("store_refused", `the store (${place}) ${problem}`);
  await assertRights(connection, place);
}

/** What is wrong, and what to do; null: nothing. */
function problemOf({ standby, durable, read_only: readOnly, name }: SqlRow, process: string): string | null {
  if (standby === true) return "is a standby and cannot be written: use the primary's address";
  if (readOnly === "on")
    return "cannot be written: default_transaction_read_only is on for this user, database or server; set it to off";
  if (durable === "off")
    return "may lose what it has confirmed: synchronous_commit is off for this user and database; set it to on";
  if (name !== process)
    return "is behind a pooler that does not keep application_name, by which gateways tell their changes from those of others: use an address without it, or a pooler that keeps it";
  return null;
}

async function assertRights(connection: PostgresConnection, place: string): Promise<void> {
  const lacking = connection.prepare(
    `SELECT name FROM unnest(?::text[], ?::text[]) AS needed (name, needs) WHERE NOT has_table_privilege(name, needs) LIMIT 1`,
  );
  const needed = tables.flatMap((name) => (fewerRights[name] ?? rights).map((right) => [name, right] as const));
  const row = await lacking.get(
    needed.map(([name]) => name),
    needed.map(([, right]) => right),
  );
  if (row === undefined) return;
  throw new CannotStart(
    "store_rights",
    `the store (${place}) does not let its user read and write the table ${String(row["name"])}: grant it ${rights.join(", ")} on all tables of the schema`,
  );
}
