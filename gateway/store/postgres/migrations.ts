import { setTimeout as pause } from "node:timers/promises";
import type { PostgresConnection } from "./connection.ts";
import { StoreUnavailable } from "./failures.ts";
import { first } from "./migrations/0001.ts";
import { second } from "./migrations/0002.ts";
import { third } from "./migrations/0003.ts";
import { fourth } from "./migrations/0004.ts";
import { fifth } from "./migrations/0005.ts";
import { sixth } from "./migrations/0006.ts";
import { seventh } from "./migrations/0007.ts";
import { eighth } from "./migrations/0008.ts";
import { ninth } from "./migrations/0009.ts";
import { tenth } from "./migrations/0010.ts";
import { eleventh } from "./migrations/0011.ts";
import { twelfth } from "./migrations/0012.ts";

interface Migration {
  readonly version: number;
  /** Statements, which run in one transaction; of several texts, each in one of its own. Those can be repeated: the migration may end between them. */
  readonly statements: string | readonly string[];
  /**
   * The oldest version that a gateway may be of and still work with the tables as they are afterwards. It stays where a migration only
   * adds what older gateways do not look at, so that both run side by side; what nobody uses any more is dropped a release later.
   */
  readonly readableFrom: number;
}

/** In their order; none is ever changed. */
const migrations: readonly Migration[] = [
  { version: 1, statements: first, readableFrom: 1 },
  { version: 2, statements: second, readableFrom: 1 },
  { version: 3, statements: third, readableFrom: 1 },
  { version: 4, statements: fourth, readableFrom: 1 },
  { version: 5, statements: fifth, readableFrom: 1 },
  { version: 6, statements: sixth, readableFrom: 1 },
  { version: 7, statements: seventh, readableFrom: 1 },
  { version: 8, statements: eighth, readableFrom: 1 },
  { version: 9, statements: ninth, readableFrom: 1 },
  { version: 10, statements: tenth, readableFrom: 1 },
  { version: 11, statements: eleventh, readableFrom: 1 },
  { version: 12, statements: twelfth, readableFrom: 1 },
];

/** The version that this Sallyport is made for. */
export const schemaVersion = Math.max(...migrations.map(({ version }) => version));

/** Every table that migrations make. */
export const tables: readonly string[] = migrations.flatMap(({ statements }) =>
  [...String(statements).matchAll(/\bCREATE TABLE (\w+)/g)].map(([, name = ""]) => name),
);

/** How far a store in PostgreSQL is. */
export interface SchemaState {
  /** 0: no tables yet. */
  readonly version: number;
  readonly readableFrom: number;
}

/** Reads how far the store is. */
export async function schemaState(connection: PostgresConnection): Promise<SchemaState> {
  const isThere = connection.prepare("SELECT to_regclass('store_schema') IS NOT NULL AS found");
  if ((await isThere.get())?.["found"] !== true) return { version: 0, readableFrom: 0 };
  const state = connection.prepare("SELECT version, readable_from FROM store_schema ORDER BY version DESC LIMIT 1");
  const row = await state.get();
  return { version: Number(row?.["version"] ?? 0), readableFrom: Number(row?.["readable_from"] ?? 0) };
}

/** Why this version cannot read the tables as they are, and what to do; null when it can. */
export function schemaProblem({ version, readableFrom }: SchemaState): string | null {
  const fix = "run sallyport store migrate with the same address";
  if (version === 0) return `the store has no tables yet: ${fix}`;
  if (version < schemaVersion)
    return `the store has tables of version ${version}, and this Sallyport is for ${schemaVersion}: ${fix}`;
  if (readableFrom > schemaVersion)
    return `the store has tables of version ${version}, which only a Sallyport for version ${readableFrom} or later can read, and this one is for ${schemaVersion}: use a newer Sallyport`;
  return null;
}

/**
 * Brings the tables to this version, one transaction for each version or part of it. Several that migrate at once do it one after
 * the other. @returns the versions that were made
 */
export async function migrate(connection: PostgresConnection): Promise<number[]> {
  await makeSchemaTable(connection);
  const made: number[] = [];
  for (const { version, statements, readableFrom } of migrations) {
    const parts = [statements].flat();
    for (const [at, part] of parts.entries())
      await patiently(() =>
        connection.within(async () => {
          await connection.execute("SET LOCAL statement_timeout = 0");
          await connection.execute("LOCK TABLE store_schema IN EXCLUSIVE MODE");
          if ((await schemaState(connection)).version >= version) return;
          await connection.execute(`SET LOCAL lock_timeout = '${waitsForLockMs}ms'`);
          await connection.execute(part);
          if (at < parts.length - 1) return;
          const note = connection.prepare("INSERT INTO store_schema (version, readable_from) VALUES (?, ?)");
          await note.run(version, readableFrom);
          made.push(version);
        }),
      );
  }
  return made;
}

/** So long it waits for a table that a gateway is writing to: whoever writes to it after that waits behind it. */
const waitsForLockMs = 1_000;
const betweenTriesMs = 200;
const mostTries = 30;
/** lock_not_available, deadlock_detected */
const inUse = new Set(["55P03", "40P01"]);

/** @throws what `work` throws, and that other transactions were in its way too often */
async function patiently(work: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries += 1)
    try {
      return await work();
    } catch (failure) {
      const { code = "" } = ((failure as Error).cause ?? failure) as { readonly code?: string };
      if (!inUse.has(code)) throw failure;
      if (tries === mostTries) throw new StoreUnavailable(longInUse, failure);
      await pause(betweenTriesMs);
    }
}

const longInUse =
  "a transaction of another program holds a table that is to be changed: end it (pg_stat_activity shows it), and migrate again";

/**
 * unique_violation, duplicate_table, duplicate_object (its row type): PostgreSQL's `IF NOT EXISTS` does not hold against another who
 * makes it at the same moment.
 */
const madeMeanwhile = new Set(["23505", "42P07", "42710"]);

async function makeSchemaTable(connection: PostgresConnection): Promise<void> {
  try {
    await connection.execute(`CREATE TABLE IF NOT EXISTS store_schema (
      version BIGINT PRIMARY KEY, readable_from BIGINT NOT NULL, at TIMESTAMPTZ NOT NULL DEFAULT now())`);
  } catch (failure) {
    if (!madeMeanwhile.has(String((failure as { readonly code?: string }).code))) throw failure;
  }
}
