import { CannotStart } from "../../domain/errors.ts";
import type { PostgresConnection } from "../postgres/connection.ts";
import { tables } from "../postgres/migrations.ts";

/** A table as both engines have it. */
export interface CopiedTable {
  readonly name: string;
  /** Without those that PostgreSQL computes. `rowid`, the order of insertion, is in none of SQLite's tables and can be asked of each. */
  readonly columns: readonly string[];
  /** Columns of its primary key in their order; empty: it has one row at most. */
  readonly key: readonly string[];
  /** The column that the engine numbers itself. */
  readonly numbered: string | null;
}

/** Tables of PostgreSQL that no file has, and why nothing is copied to or from them. */
export const notCopied: ReadonlyMap<string, string> = new Map([
  ["store_areas", "rows to lock, made by migrations"],
  ["store_changes", "counts of changes: each gateway begins with those it finds"],
  ["store_transactions", "marks of transactions that ended a short time ago"],
  ["limit_counts", "counts of limits: a gateway on a file keeps them in memory"],
  ["session_histories", "calls of sessions: the same"],
  ["session_calls", "calls of sessions: the same"],
  ["dpop_proofs", "used proofs: a gateway on a file keeps them in memory"],
  ["dpop_nonces", "nonces: the same"],
  ["transport_sessions", "owners of transport sessions: the same"],
  ["console_sessions", "who is signed in: the same"],
  ["one_time_secrets", "sign-ins and passkeys that are under way: the same"],
  ["signing_keys", "keys, which lie in files beside a file: they are copied on their own"],
]);

/** Columns that no file has: for how long a gateway may be silent; none runs on a store that is copied. */
const columnsNotCopied: ReadonlyMap<string, string> = new Map([["processes", "patience_ms"]]);

const described = `
  SELECT made.name, made.at,
    (SELECT json_agg(attname ORDER BY attnum) FROM pg_attribute
      WHERE attrelid = to_regclass(made.name) AND attnum > 0 AND NOT attisdropped AND attgenerated = '') AS columns,
    (SELECT json_agg(attname ORDER BY array_position(indkey::int2[], attnum)) FROM pg_index
      JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
      WHERE indrelid = to_regclass(made.name) AND indisprimary) AS key,
    (SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(made.name) AND attidentity <> '') AS numbered
  FROM unnest(?::text[]) WITH ORDINALITY AS made (name, at) ORDER BY made.at`;

/**
 * Read from the database itself, so that a table or column of a later version is not forgotten. In the order in which migrations make
 * them: a table comes after those that its rows refer to, and the identity of the store, which counts revocations, after these.
 */
export async function copiedTables(connection: PostgresConnection): Promise<CopiedTable[]> {
  const rows = await connection.prepare(described).all(tables.filter((name) => !notCopied.has(name)));
  return rows.map((row) => ({
    name: String(row["name"]),
    columns: ((row["columns"] ?? []) as string[]).filter(
      (column) => column !== columnsNotCopied.get(String(row["name"])),
    ),
    key: (row["key"] ?? []) as string[],
    numbered: (row["numbered"] ?? null) as string | null,
  }));
}

/** @throws CannotStart store_copy where the file has tables that would be left behind */
export function assertKnown(found: readonly string[], known: readonly CopiedTable[], place: string): void {
  const foreign = found.filter((name) => !known.some((table) => table.name === name));
  if (foreign.length === 0) return;
  throw new CannotStart(
    "store_copy",
    `${place} has the table ${foreign.join(", ")}, which this Sallyport does not know: use the version that has written it`,
  );
}
