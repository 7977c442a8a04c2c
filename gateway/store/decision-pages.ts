import type { DecisionFilter, DecisionQuery } from "../domain/ports.ts";
import type { Database } from "./database.ts";
import { conditionsOf } from "./decision-filter.ts";
import { slicesOf, type Span, within } from "./decision-slices.ts";

/** Characters of records that one page has at most, but for a single longer record: a record may be megabytes. */
const PAGE_SIZE = 4 * 1024 * 1024;

export type Row = Readonly<Record<string, unknown>>;

/** What a page has room for. */
export interface Room {
  readonly rows: number;
  readonly size: number;
}

/** Looks through a span slice by slice, the newest first, until the page is full. `next`: for `after` of the next one; null on the last. */
export async function pageOf(
  { limit, after }: DecisionQuery,
  { above, upTo }: Span,
  find: (slice: Span, room: Room) => Promise<readonly Row[]>,
): Promise<{ readonly rows: readonly Row[]; readonly next: string | null }> {
  const rows: Row[] = [];
  let size = 0;
  const from = after === undefined ? upTo : Math.min(upTo, Number(after) - 1);
  for await (const slice of slicesOf({ above, upTo: from }))
    for (const row of await find(slice, { rows: limit + 1 - rows.length, size: PAGE_SIZE - size })) {
      size += sizeOf(row);
      const last = rows.at(-1);
      if (last !== undefined && (rows.length === limit || size > PAGE_SIZE)) return { rows, next: String(last["seq"]) };
      rows.push(row);
    }
  return { rows, next: null };
}

/** Those of a slice, the newest first; of those beyond the size two at most, so that it shows when there are more. */
export function rowsIn(database: Database, query: DecisionFilter, slice: Span, room: Room): Row[] {
  const { filter, bound } = within(slice, conditionsOf(query));
  const sql = `SELECT seq, line, outcome_line FROM decisions ${filter} ORDER BY seq DESC LIMIT ?`;
  const rows: Row[] = [];
  let size = 0;
  for (const row of database.prepare(sql).iterate(...bound, room.rows)) {
    rows.push(row);
    if (size > room.size) break;
    size += sizeOf(row);
  }
  return rows;
}

function sizeOf({ line, outcome_line: outcome }: Row): number {
  return String(line).length + (outcome === null ? 0 : String(outcome).length);
}
