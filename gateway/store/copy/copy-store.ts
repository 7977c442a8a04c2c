import { CannotStart } from "../../domain/errors.ts";
import { type SigningKeyName, signingKeyNames } from "../../domain/ports.ts";
import type { Connection } from "../connection.ts";
import type { AnyConnection } from "../engines.ts";
import type { PostgresConnection } from "../postgres/connection.ts";
import { processStore, silentAfterMs } from "../processes.ts";
import type { Sql } from "../sql.ts";
import { assertKnown, type CopiedTable, copiedTables } from "./copied-tables.ts";
import { beginCopy, copiedFrom, endCopy } from "./half-copy.ts";
import { hasRows, insertRows, lastRow, numberOn, rowsAfter, sumOf, type TableSum } from "./rows.ts";
import type { KeyPlace } from "./signing-keys.ts";
import { makeSqliteTables } from "./sqlite-tables.ts";

/** One end of a copy. */
export interface CopyEnd<Engine extends AnyConnection = AnyConnection> {
  readonly sql: Engine;
  readonly keys: KeyPlace;
  /** For people. */
  readonly place: string;
}

/** How far a copy is. */
export interface CopyProgress {
  readonly table: string;
  /** Tables that are done, and that there are. */
  readonly done: number;
  readonly of: number;
  /** Of this table, in the target. */
  readonly rows: number;
}

export interface CopyOptions {
  readonly file: CopyEnd<Connection>;
  readonly database: CopyEnd<PostgresConnection>;
  readonly to: "file" | "database";
  /** Of this machine, in milliseconds since 1970, for the file; of a database its own time counts. */
  readonly now: () => number;
  /** The copy waits for it. */
  readonly progress: (progress: CopyProgress) => Promise<void> | void;
  /** Aborted to break off: the same copy goes on where this one was. */
  readonly stop: AbortSignal;
}

/** What is in both stores after a copy. */
export interface CopiedStore {
  readonly tables: readonly (TableSum & { readonly table: string })[];
  readonly keys: readonly SigningKeyName[];
}

/**
 * Copies a store that no gateway uses into an empty one, and compares both, table by table. One that was broken off is gone on with.
 * @throws CannotStart store_copy, with one sentence that says what to do
 */
export async function copyStore(options: CopyOptions): Promise<CopiedStore> {
  const { file, database, to } = options;
  const [source, target]: readonly CopyEnd[] = to === "database" ? [file, database] : [database, file];
  const tables = await copiedTables(database.sql);
  assertKnown(await tablesIn(file.sql), tables, file.place);
  makeSqliteTables(file.sql);
  if (source === undefined || target === undefined) throw new Error("a copy has two ends");
  for (const end of [source, target]) await assertUnused(end, options.now);
  await begin(target, tables, source.place);
  // Nobody writes the source meanwhile.
  const copied = await source.sql.atomically("access", async () => {
    await source.sql.prepare(shutOut(source.sql)).run();
    // One may have started since it was looked for.
    await assertUnused(source, options.now);
    const keys = await copyKeys(source, target);
    for (const [done, table] of tables.entries())
      await copyTable(source.sql, target.sql, table, (rows) => {
        if (options.stop.aborted) throw cannot("the copy was broken off: run the same again, and it goes on");
        return options.progress({ table: table.name, done, of: tables.length, rows });
      });
    const sums = await compared(source, target, tables, options);
    await assertUnused(source, options.now);
    return { keys, tables: sums };
  });
  await assertUnused(target, options.now);
  await endCopy(target.sql);
  return copied;
}

const cannot = (why: string): CannotStart => new CannotStart("store_copy", why);

/** A gateway that starts meanwhile cannot make itself known. SQLite locks the whole file already. */
function shutOut(sql: Sql): string {
  return sql.either({ sqlite: "SELECT 1", postgres: "LOCK TABLE processes IN EXCLUSIVE MODE" });
}

async function tablesIn({ database }: Connection): Promise<string[]> {
  const rows = database.prepare(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
  );
  return rows
    .all()
    .map((row) => String(row["name"]))
    .filter((name) => name !== "store_copy");
}

async function assertUnused({ sql, place }: CopyEnd, now: () => number): Promise<void> {
  const alive = await processStore(sql).alive(now(), silentAfterMs);
  if (alive.length === 0) return;
  throw cannot(`a gateway uses ${place}: stop it; one that was killed counts as running for 15 seconds`);
}

async function begin({ sql, place }: CopyEnd, tables: readonly CopiedTable[], source: string): Promise<void> {
  const before = await copiedFrom(sql);
  if (before === source) return;
  if (before !== null) throw cannot(`a copy of ${before} into ${place} was begun: go on with that one, or empty it`);
  for (const table of tables)
    if (await hasRows(sql, table))
      throw cannot(`${place} has rows in ${table.name}: a store is copied into an empty one`);
  await beginCopy(sql, source);
}

async function copyKeys(source: CopyEnd, target: CopyEnd): Promise<SigningKeyName[]> {
  const copied: SigningKeyName[] = [];
  for (const name of signingKeyNames) {
    const pem = await source.keys.read(name);
    if (pem === null) continue;
    if ((await target.keys.add(name, pem)) !== pem)
      throw cannot(`${target.place} has another key ${name} already: what the source has signed could not be verified`);
    copied.push(name);
  }
  return copied;
}

async function copyTable(
  from: Sql,
  to: Sql,
  table: CopiedTable,
  told: (rows: number) => Promise<void> | void,
): Promise<void> {
  let rows = 0;
  for (let last = await lastRow(to, table); ;) {
    await told(rows);
    const next = await rowsAfter(from, table, last);
    if (next.length === 0) break;
    await insertRows(to, table, next).catch((failure: unknown) => {
      throw cannot(
        `rows of ${table.name} cannot be written: ${failure instanceof Error ? failure.message : String(failure)}`,
      );
    });
    rows += next.length;
    last = next.at(-1) ?? null;
  }
  await numberOn(to, table);
}

/** Also whether the source has changed since an earlier part of the copy. */
async function compared(source: CopyEnd, target: CopyEnd, tables: readonly CopiedTable[], { stop }: CopyOptions) {
  const sums: (TableSum & { readonly table: string })[] = [];
  for (const table of tables) {
    if (stop.aborted) throw cannot("the comparison was broken off: run the same again");
    const [there, here] = [await sumOf(source.sql, table), await sumOf(target.sql, table)];
    if (there.sha256 !== here.sha256)
      throw cannot(
        `${table.name} has ${there.rows} rows in ${source.place} and ${here.rows} in ${target.place}, or others: the source has changed since the copy was begun; empty the target and copy again`,
      );
    sums.push({ table: table.name, ...here });
  }
  return sums;
}
