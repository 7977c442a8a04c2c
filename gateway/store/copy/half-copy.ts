import { CannotStart } from "../../domain/errors.ts";
import type { Sql } from "../sql.ts";

/** A table that is there as long as a copy into this store is not complete. Its row says of what. */
const mark = "store_copy";

/** Null when this store is not being copied into. */
export async function copiedFrom(sql: Sql): Promise<string | null> {
  const isThere = sql.either({
    sqlite: `SELECT 1 FROM sqlite_schema WHERE name = '${mark}'`,
    postgres: `SELECT 1 FROM pg_class WHERE oid = to_regclass('${mark}')`,
  });
  if ((await sql.prepare(isThere).get()) === undefined) return null;
  return String((await sql.prepare(`SELECT source FROM ${mark}`).get())?.["source"]);
}

export function beginCopy(sql: Sql, source: string): Promise<void> {
  return sql.atomically("access", async () => {
    await sql.prepare(`CREATE TABLE ${mark} (source TEXT NOT NULL)`).run();
    await sql.prepare(`INSERT INTO ${mark} (source) VALUES (?)`).run(source);
  });
}

export async function endCopy(sql: Sql): Promise<void> {
  await sql.prepare(`DROP TABLE ${mark}`).run();
}

/** Why no gateway may use this store, and what to do: revocations and used approvals may still be missing in it. Null when it is whole. */
export async function copyProblem(sql: Sql): Promise<string | null> {
  const source = await copiedFrom(sql);
  return source === null
    ? null
    : `the copy of ${source} into it is not complete: run the same sallyport store copy again`;
}

/** @throws CannotStart store_copy */
export async function assertWhole(sql: Sql, place: string): Promise<void> {
  const problem = await copyProblem(sql);
  if (problem !== null) throw new CannotStart("store_copy", `the store (${place}) cannot be used: ${problem}`);
}
