import type { DecisionFilter, DecisionQuery } from "../domain/ports.ts";
import type { Database } from "./database.ts";
import { conditionsOf } from "./decision-filter.ts";
import { slicesOf, type Span, within } from "./decision-slices.ts";

/** Characters of records after which a page is full, whatever its limit: a record may be megabytes. */
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
  for await (const slice of slicesOf({ above, upTo: from })) {
    for (const row of await find(slice, { rows: limit + 1 - rows.length, size: PAGE_SIZE - size })) {
      rows.push(row);
      size += sizeOf(row);
    }
    if (rows.length > limit || size > PAGE_SIZE) break;
  }
  const page = rows.slice(0, limit);
  const isMore = rows.length > limit || size > PAGE_SIZE;
  return { rows: page, next: isMore ? String(page.at(-1)?.["seq"] ?? "") : null };
}

/** Those of a slice, the newest first. The last of them may go beyond the size. */
export function rowsIn(database: Database, query: DecisionFilter, slice: Span, room: Room): Row[] {
  const { filter, bound } = within(slice, conditionsOf(query));
  const sql = `SELECT seq, line, outcome_line FROM decisions ${filter} ORDER BY seq DESC LIMIT ?`;
  const rows: Row[] = [];
  let size = 0;
  for (const row of database.prepare(sql).iterate(...bound, room.rows)) {
    rows.push(row);
    size += sizeOf(row);
    if (size > room.size) break;
  }
  return rows;
}

function sizeOf({ line, outcome_line: outcome }: Row): number {
  return String(line).length + (outcome === null ? 0 : String(outcome).length);
}
