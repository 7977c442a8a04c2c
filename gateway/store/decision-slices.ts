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

/** Times of decisions, as they are written there: the first and the last, both included. */
export interface Times {
  readonly from: string;
  readonly to: string;
}

/** Decisions of one slice by time: how many, their lowest and highest number, and the latest time of them. */
interface SliceOfTime {
  readonly decisions: number;
  readonly lowest: number;
  readonly highest: number;
  readonly upTo: string;
}

/** Of decisions between two times, the earliest: at most so many, or those of one millisecond. Null when there are none. */
export function sliceByTime(database: Database, { from, to }: Times): SliceOfTime | null {
  const row = database.prepare(bySliceOfTime).get(from, to, from, SLICE - 1, to);
  if (typeof row?.["up_to"] !== "string") return null;
  const { decisions, lowest, highest, up_to: upTo } = row;
  return { decisions: Number(decisions), lowest: Number(lowest), highest: Number(highest), upTo };
}

/** The latest time that a decision has; empty when there is none. */
export function latestTime(database: Database): string {
  const row = database.prepare("SELECT max(timestamp) AS latest FROM decisions").get();
  return typeof row?.["latest"] === "string" ? row["latest"] : "";
}

/** The table is not read: an index by time has the numbers too. */
const bySliceOfTime = `
  SELECT count(*) AS decisions, min(seq) AS lowest, max(seq) AS highest, max(timestamp) AS up_to
  FROM decisions INDEXED BY decisions_by_time WHERE timestamp >= ? AND timestamp <= min(?,
    coalesce((SELECT timestamp FROM decisions WHERE timestamp >= ? ORDER BY timestamp LIMIT 1 OFFSET ?), ?))`;

/**
 * What of a span decisions between two times are in. A clock that was put back may have given an early number a late time, so that all of
 * these are looked at, in the index by time. Decisions that come in meanwhile are later than the last time, so that it ends.
 */
export async function spanBetween(
  { above, upTo }: Span,
  { from, to }: Times,
  slice: (times: Times) => Promise<SliceOfTime | null>,
): Promise<Span> {
  let [lowest, highest] = [upTo + 1, above];
  for (let next = from; next <= to;) {
    const found = await slice({ from: next, to });
    if (found === null) break;
    lowest = Math.min(lowest, found.lowest);
    highest = Math.max(highest, found.highest);
    next = `${found.upTo} `;
    await turn();
  }
  return { above: Math.max(above, lowest - 1), upTo: Math.min(upTo, highest) };
}

/** How many decisions there are up to a time. */
export async function countUpTo(to: string, slice: (times: Times) => Promise<SliceOfTime | null>): Promise<number> {
  let count = 0;
  for (let from = ""; from <= to;) {
    const found = await slice({ from, to });
    if (found === null) break;
    count += found.decisions;
    from = `${found.upTo} `;
    await turn();
  }
  return count;
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
