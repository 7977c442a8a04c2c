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

/** Milliseconds for which a connection is asked to let a statement, and a transaction in which nothing happens, last. */
export interface AskedLimits {
  readonly statement_timeout: number;
  readonly idle_in_transaction_session_timeout: number;
}

const question = `SELECT pg_is_in_recovery() AS standby, current_setting('synchronous_commit') AS durable,
  current_setting('transaction_read_only') AS read_only, current_setting('application_name') AS name,
  current_setting('transaction_isolation') AS isolation, quote_ident(session_user) AS role,
  (SELECT json_object_agg(name, setting::bigint) FROM pg_settings
    WHERE name IN ('statement_timeout', 'idle_in_transaction_session_timeout')) AS limits`;

/**
 * What a gateway needs beside its tables: a database that can be written, that keeps what it has confirmed, that knows this process by its name, that
 * ends what lasts too long, and rights.
 * @throws CannotStart store_refused, store_rights
 */
export async function assertUsable(
  connection: PostgresConnection,
  place: string,
  process: string,
  limits: AskedLimits,
): Promise<void> {
  const row = (await connection.prepare(question).get()) ?? {};
  const problem = problemOf(row, process) ?? droppedOf(row, limits);
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

/** A pooler may drop what is asked for when a connection begins, and says nothing of it. */
function droppedOf({ isolation, role, limits }: SqlRow, asked: AskedLimits): string | null {
  const found = limits as Readonly<Record<string, number>>;
  const lacking = Object.entries(asked).filter(([name, ms]) => !isWithin(found[name] ?? 0, ms));
  const settings: [name: string, value: string][] = lacking.map(([name, ms]) => [name, `'${ms}ms'`]);
  if (isolation !== "read committed") settings.push(["default_transaction_isolation", "'read committed'"]);
  if (settings.length === 0) return null;
  const fixes = settings.map(([name, value]) => `ALTER ROLE ${String(role)} SET ${name} = ${value}`);
  return `is behind a pooler that drops ${settings.map(([name]) => name).join(", ")}: set it for the user, ${fixes.join("; ")}, and let the pooler connect anew`;
}

/** 0 is no limit. */
function isWithin(ms: number, asked: number): boolean {
  return ms > 0 && ms <= asked;
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
