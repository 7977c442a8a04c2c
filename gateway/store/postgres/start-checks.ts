import { CannotStart } from "../../domain/errors.ts";
import type { PostgresConnection } from "./connection.ts";
import { tables } from "./migrations.ts";

/** Those that a gateway reads alone, or locks rows of. */
const notWritten = new Set(["store_schema", "store_areas"]);
const rights = ["SELECT", "INSERT", "UPDATE", "DELETE"];

/**
 * What a gateway needs beside its tables: a database that can be written, that keeps what it has confirmed, and rights.
 * @throws CannotStart store_refused, store_rights
 */
export async function assertUsable(connection: PostgresConnection, place: string): Promise<void> {
  const asked = connection.prepare(
    "SELECT pg_is_in_recovery() AS standby, current_setting('synchronous_commit') AS durable",
  );
  const row = await asked.get();
  if (row?.["standby"] === true)
    throw new CannotStart(
      "store_refused",
      `the store (${place}) is a standby and cannot be written: use the primary's address`,
    );
  if (row?.["durable"] === "off")
    throw new CannotStart(
      "store_refused",
      `the store (${place}) may lose what it has confirmed: synchronous_commit is off for this user and database; set it to on`,
    );
  await assertRights(connection, place);
}

async function assertRights(connection: PostgresConnection, place: string): Promise<void> {
  const all = rights.map((right) => `has_table_privilege(name, '${right}')`).join(" AND ");
  const lacking = connection.prepare(`SELECT name FROM unnest(?::text[]) AS made (name) WHERE NOT (${all}) LIMIT 1`);
  const row = await lacking.get(tables.filter((name) => !notWritten.has(name)));
  if (row === undefined) return;
  throw new CannotStart(
    "store_rights",
    `the store (${place}) does not let its user read and write the table ${String(row["name"])}: grant it ${rights.join(", ")} on all tables of the schema`,
  );
}
