import { setImmediate as nextTurn } from "node:timers/promises";
import type { Sql, SqlValue } from "./sql.ts";

/** Rows that one statement removes, so that it ends within the time of a statement however many there are. The event loop waits for SQLite. */
const usualAtOnce = { sqlite: "1000", postgres: "10000" };

/**
 * Of PostgreSQL's tables whose changes are counted (`note_change`): each row of a statement is a version of the same count, and the
 * next one is found behind all of them.
 */
export const countedAtOnce = 500;

interface Parts {
  /** By which SQLite finds the rows, where the table has no rowid. */
  readonly key?: string;
  readonly atOnce?: number;
}

/** What removes rows that are over, and says how many it was. */
export type Purge = (...values: readonly SqlValue[]) => Promise<number>;

/**
 * Removes what is over from a table that calls write, in parts, a hundred of them at most. Rows that somebody has locked are in use, or are removed by another gateway: they
 * are left for the next time, so that nobody waits in a circle.
 * @param condition has the parameters
 */
export function purging(
  sql: Pick<Sql, "prepare" | "either">,
  table: string,
  condition: string,
  { key = "rowid", atOnce }: Parts = {},
): Purge {
  const most = atOnce ?? Number(sql.either(usualAtOnce));
  const purge = sql.prepare(
    sql.either({
      sqlite: `DELETE FROM ${table} WHERE (${key}) IN (SELECT ${key} FROM ${table} WHERE ${condition} LIMIT ${most})`,
      postgres: `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM ${table} WHERE ${condition} LIMIT ${most} FOR UPDATE SKIP LOCKED))`,
    }),
  );
  return inParts((...values) => purge.run(...values), most);
}

/** More is left to the next time: a gateway that ends waits for what is under way. */
const mostParts = 100;

/** @param remove removes so many rows at most, and says how many it was */
export function inParts(remove: Purge, atOnce: number): Purge {
  return async function removeAll(...values) {
    let removed = 0;
    for (let parts = 0; parts < mostParts; parts += 1) {
      if (parts > 0) await nextTurn();
      const part = await remove(...values);
      removed += part;
      if (part < atOnce) break;
    }
    return removed;
  };
}
