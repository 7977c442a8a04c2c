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
