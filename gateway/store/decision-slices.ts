import { setImmediate as turn } from "node:timers/promises";
import type { Database } from "./database.ts";
import type { Conditions } from "./decision-filter.ts";

/** Numbers of the log that are looked through in one turn: SQLite answers within it, and calls wait for it. */
const SLICE = 5_000;

/** Numbers of the log, the first excluded and the last included. */
export interface Span {
  readonly above: number;
  readonly upTo: number;
}

/** The numbers that the index has, of the latest `reach` numbers of the log. */
export function spanOf(database: Database, reach: number): Span {
  const row = database.prepare("SELECT min(seq) - 1 AS above, max(seq) AS up_to FROM decisions").get();
  const upTo = Number(row?.["up_to"] ?? 0);
  return { above: Math.max(Number(row?.["above"] ?? 0), upTo - reach), upTo };
}

/** Of decisions of a time and later, at most so many or those of one millisecond: their lowest number, and the latest time; null when there are none. */
export function sliceByTime(
  database: Database,
  from: string,
): { readonly lowest: number; readonly upTo: string } | null {
  const row = database.prepare(bySliceOfTime).get(from, from, SLICE - 1, LAST_TIME);
  return typeof row?.["up_to"] === "string" ? { lowest: Number(row["lowest"]), upTo: row["up_to"] } : null;
}

/** Behind every time. */
const LAST_TIME = "~";
/** The table is not read: an index by time has the numbers too. */
const bySliceOfTime = `
  SELECT min(seq) AS lowest, max(timestamp) AS up_to FROM decisions INDEXED BY decisions_by_time WHERE timestamp >= ?
  AND timestamp <= coalesce((SELECT timestamp FROM decisions WHERE timestamp >= ? ORDER BY timestamp LIMIT 1 OFFSET ?), ?)`;

/**
 * What of a span decisions of a time and later are in. A clock that was put back may have given an early number a late time, so that all of
 * these are looked at, in the index by time.
 */
export async function spanSince(
  { above, upTo }: Span,
  since: string,
  slice: (from: string) => Promise<ReturnType<typeof sliceByTime>>,
): Promise<Span> {
  let lowest = upTo + 1;
  for (let found = await slice(since); found !== null; found = await slice(`${found.upTo} `)) {
    lowest = Math.min(lowest, found.lowest);
    await turn();
  }
  return { above: Math.max(above, lowest - 1), upTo };
}

/** The newest first, each in a turn of its own. */
export async function* slicesOf({ above, upTo }: Span): AsyncGenerator<Span> {
  for (let end = upTo; end > above; end -= SLICE) {
    yield { above: Math.max(above, end - SLICE), upTo: end };
    await turn();
  }
}

/** `WHERE` with the conditions within a span, and the values that it binds. */
export function within({ above, upTo }: Span, { where, values }: Conditions) {
  return { filter: `WHERE ${["seq > ?", "seq <= ?", ...where].join(" AND ")}`, bound: [above, upTo, ...values] };
}
