import type { CountField } from "../domain/decision-fields.ts";
import type { DecisionCounts, DecisionFilter } from "../domain/ports.ts";
import type { Database } from "./database.ts";
import { conditionsOf } from "./decision-filter.ts";
import { slicesOf, type Span, within } from "./decision-slices.ts";

/** So many groups are held; decisions of further ones are counted in the total alone. */
const HELD_GROUPS = 10_000;
/** So many are given, the largest first. */
const GIVEN_GROUPS = 1_000;

interface Group {
  readonly values: readonly (string | null)[];
  readonly decisions: number;
}

/** Counts the decisions of a span, those that match, by each combination of the fields' values. */
export function groupsOf(database: Database, query: DecisionFilter, by: readonly CountField[], span: Span): Group[] {
  const { filter, bound } = within(span, conditionsOf(query));
  const columns = by.map((field) => (field === "day" ? "substr(timestamp, 1, 10)" : field));
  const selected = [...columns.map((column, at) => `${column} AS g${at}`), "count(*) AS decisions"].join(", ");
  const grouped = by.length === 0 ? "" : `GROUP BY ${columns.join(", ")}`;
  const rows = database.prepare(`SELECT ${selected} FROM decisions ${filter} ${grouped}`).all(...bound);
  return rows.map((row) => ({
    values: by.map((_, at) => row[`g${at}`] as string | null),
    decisions: Number(row["decisions"]),
  }));
}

/** Adds the groups of all slices, the newest first. */
export async function countInSlices(
  by: readonly CountField[],
  span: Span,
  groupsIn: (slice: Span) => Promise<readonly Group[]>,
): Promise<DecisionCounts> {
  const held = new Map<string, Group>();
  let total = 0;
  for await (const slice of slicesOf(span))
    for (const group of await groupsIn(slice)) {
      const key = JSON.stringify(group.values);
      const before = held.get(key);
      total += group.decisions;
      if (before !== undefined || held.size < HELD_GROUPS)
        held.set(key, { values: group.values, decisions: (before?.decisions ?? 0) + group.decisions });
    }
  const given = by.length === 0 ? [] : [...held.values()].toSorted(largestFirst).slice(0, GIVEN_GROUPS);
  const shown = given.reduce((sum, { decisions }) => sum + decisions, 0);
  return { by, groups: given, total, left_out: by.length === 0 ? 0 : total - shown };
}

function largestFirst(a: Group, b: Group): number {
  return b.decisions - a.decisions || (JSON.stringify(a.values) < JSON.stringify(b.values) ? -1 : 1);
}
