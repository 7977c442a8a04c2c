import type { ReturnsFact } from "../../domain/facts.ts";
import { oncePer } from "../../lib/caches.ts";
import { found } from "./marks.ts";

/** Where a result's members stand that the catalog says something about. */
export interface Places {
  /** Marks of members by their names, at whatever depth. */
  readonly names: ReadonlyMap<string, number>;
  /** Null when the catalog names no places. */
  readonly root: readonly Place[] | null;
}

export interface Place {
  readonly mark: number;
  readonly below: ReadonlyMap<string, Place>;
}

interface OpenPlace extends Place {
  mark: number;
  readonly below: Map<string, OpenPlace>;
}

const none: readonly Place[] = [];

/** Names, and places such as `/messages/0/id`; the step `*` stands for any. */
export const placesOf = oncePer((returns: ReturnsFact): Places => {
  const names = new Map<string, number>();
  const root: OpenPlace = { mark: 0, below: new Map() };
  const add = (entry: string, mark: number): void => {
    if (!entry.startsWith("/")) return void names.set(entry, (names.get(entry) ?? 0) | mark);
    let at = root;
    for (const step of entry.slice(1).split("/")) at = stepInto(at, step.replaceAll("~1", "/").replaceAll("~0", "~"));
    at.mark |= mark;
  };
  for (const entry of returns.trusted_fields) add(entry, found.field);
  for (const entry of returns.own_fields) add(entry, found.own);
  return { names, root: root.below.size === 0 ? null : [root] };
});

function stepInto({ below }: OpenPlace, step: string): OpenPlace {
  let next = below.get(step);
  if (next === undefined) below.set(step, (next = { mark: 0, below: new Map() }));
  return next;
}

/** The places one step further. */
export function placesBelow(places: readonly Place[], step: string): readonly Place[] {
  if (places.length === 0) return none;
  return places.flatMap(({ below }) => [below.get(step), below.get("*")].filter((place) => place !== undefined));
}

export function markAt(places: readonly Place[]): number {
  return places.reduce((mark, place) => mark | place.mark, 0);
}
