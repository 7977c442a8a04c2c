import { isJsonObject, type JsonObject } from "../../lib/json.ts";

/** A run of leaves without their lines, from the first to before the last. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

/**
 * Leaves that a record of kind `pruned` tells of: those of each segment that went, so that what is missing between them is told by
 * nobody, and `earlier` those that records told which went with the segments.
 */
export function toldGaps({ segments, earlier }: JsonObject): Gap[] {
  return [segments, earlier].flatMap((ranges) =>
    (Array.isArray(ranges) ? ranges : []).flatMap((range) => {
      if (!isJsonObject(range)) return [];
      const { from_leaf: from, to_leaf: to } = range;
      return typeof from === "number" && typeof to === "number" ? [{ from, to }] : [];
    }),
  );
}

/** The same leaves in as few runs as can be, in their order. */
export function joinedGaps(gaps: readonly Gap[]): Gap[] {
  const joined: Gap[] = [];
  for (const { from, to } of gaps.toSorted((one, other) => one.from - other.from)) {
    const last = joined.at(-1);
    if (last === undefined || from > last.to) joined.push({ from, to });
    else if (to > last.to) joined[joined.length - 1] = { from: last.from, to };
  }
  return joined;
}
