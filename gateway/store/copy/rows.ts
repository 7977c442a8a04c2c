import { createHash } from "node:crypto";
import type { Sql, SqlRow, SqlValue } from "../sql.ts";
import type { CopiedTable } from "./copied-tables.ts";

/** Rows that are read and written at once: of the widest table some thousand values, of the one with the largest some megabytes. */
export const batch = 100;

/** How many rows a table has, and the digest of all that is in them. */
export interface TableSum {
  readonly rows: number;
  readonly sha256: string;
}

const quoted = (name: string): string => `"${name}"`;
const list = (names: readonly string[]): string => names.map(quoted).join(", ");

/** The rows behind this one, by their key; texts are compared by their bytes in both engines. */
export async function rowsAfter(sql: Sql, table: CopiedTable, last: SqlRow | null): Promise<SqlRow[]> {
  const { name, columns, key } = table;
  if (key.length === 0) return last === null ? sql.prepare(`SELECT ${list(columns)} FROM ${name}`).all() : [];
  const where = last === null ? "" : `WHERE (${list(key)}) > (${key.map(() => "?").join(", ")})`;
  const text = `SELECT ${list(columns)} FROM ${name} ${where} ORDER BY ${list(key)} LIMIT ${batch}`;
  return sql.prepare(text).all(...(last === null ? [] : valuesOf(key, last)));
}

export async function lastRow(sql: Sql, { name, columns, key }: CopiedTable): Promise<SqlRow | null> {
  const order = key.length === 0 ? "" : `ORDER BY ${key.map((column) => `${quoted(column)} DESC`).join(", ")}`;
  return (await sql.prepare(`SELECT ${list(columns)} FROM ${name} ${order} LIMIT 1`).get()) ?? null;
}

export async function hasRows(sql: Sql, { name }: CopiedTable): Promise<boolean> {
  return (await sql.prepare(`SELECT 1 FROM ${name} LIMIT 1`).get()) !== undefined;
}

export async function insertRows(sql: Sql, { name, columns }: CopiedTable, rows: readonly SqlRow[]): Promise<void> {
  const own = sql.either({ sqlite: "", postgres: "OVERRIDING SYSTEM VALUE" });
  const row = `(${columns.map(() => "?").join(", ")})`;
  const text = `INSERT INTO ${name} (${list(columns)}) ${own} VALUES ${rows.map(() => row).join(", ")}`;
  await sql.prepare(text).run(...rows.flatMap((one) => valuesOf(columns, one)));
}

/** What is added next is numbered behind what was copied. SQLite does that by itself. */
export async function numberOn(sql: Sql, { name, numbered }: CopiedTable): Promise<void> {
  if (numbered === null) return;
  const next = `SELECT setval(pg_get_serial_sequence('${name}', '${numbered}'), coalesce(max(${quoted(numbered)}), 0) + 1, false) FROM ${name}`;
  await sql.prepare(sql.either({ sqlite: "SELECT 1", postgres: next })).get();
}

/** Reads the whole table. Equal rows have equal digests in both engines. */
export async function sumOf(sql: Sql, table: CopiedTable): Promise<TableSum> {
  const digest = createHash("sha256");
  let count = 0;
  for (let last: SqlRow | null = null; ;) {
    const rows: SqlRow[] = await rowsAfter(sql, table, last);
    count += rows.length;
    for (const row of rows) digest.update(`${JSON.stringify(valuesOf(table.columns, row).map(comparable))}\n`);
    last = rows.at(-1) ?? null;
    if (last === null || table.key.length === 0) return { rows: count, sha256: digest.digest("hex") };
  }
}

function comparable(value: SqlValue): unknown {
  return value instanceof Uint8Array ? { bytes: Buffer.from(value).toString("base64") } : value;
}

function valuesOf(columns: readonly string[], row: SqlRow): SqlValue[] {
  return columns.map((column) => row[column] as SqlValue);
}
