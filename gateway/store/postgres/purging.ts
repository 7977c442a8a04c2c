import type { Sql, SqlValue } from "../sql.ts";

/** Rows that one statement removes, so that it ends within the time of a statement however many there are. */
const purgedAtOnce = 10_000;

/**
 * Removes what is over from a table that calls write, in parts. Rows that somebody has locked are in use, or are removed by another gateway: they
 * are left for the next time, so that nobody waits in a circle.
 * @param condition has the parameters
 * @returns what removes them, and says how many it was
 */
export function purging(
  sql: Pick<Sql, "prepare">,
  table: string,
  condition: string,
  atOnce = purgedAtOnce,
): (...values: readonly SqlValue[]) => Promise<number> {
  const purge = sql.prepare(
    `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
       SELECT ctid FROM ${table} WHERE ${condition} LIMIT ${atOnce} FOR UPDATE SKIP LOCKED))`,
  );
  return async function purgeAll(...values) {
    for (let removed = 0; ;) {
      const part = await purge.run(...values);
      removed += part;
      if (part < atOnce) return removed;
    }
  };
}
