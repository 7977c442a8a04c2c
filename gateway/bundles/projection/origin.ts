import type { DataStep } from "../../domain/projection.ts";
import type { ReadNode } from "./read-node.ts";

/** What of the input, or of the data, a local may be. */
export interface Origin {
  readonly places: ReadonlySet<ReadNode>;
  /** It is one of the places for sure; false: it may also be something that is no part of the input. */
  readonly sure: boolean;
  /** The path of the data that it is for sure; null when it is, or may be, something else. */
  readonly data: readonly DataStep[] | null;
}

export const elsewhere: Origin = { places: new Set(), sure: false, data: null };

export function at(places: Iterable<ReadNode>, sure: boolean): Origin {
  return { places: new Set(places), sure, data: null };
}

export function ofData(data: readonly DataStep[]): Origin {
  return { places: new Set(), sure: false, data };
}

/** Either of the two; the first object itself when the second adds nothing. */
export function either(known: Origin, more: Origin): Origin {
  const sure = known.sure && more.sure;
  const data = JSON.stringify(known.data) === JSON.stringify(more.data) ? known.data : null;
  let grows = sure !== known.sure || data !== known.data;
  for (const place of more.places) grows ||= !known.places.has(place);
  return grows ? { places: new Set([...known.places, ...more.places]), sure, data } : known;
}

export function take(origin: Origin): void {
  for (const place of origin.places) place.takeWhole();
}

export function memberOf(origin: Origin, name: string): Origin {
  return at(
    [...origin.places].map((place) => place.member(name)),
    origin.sure,
  );
}

/** The path of the one place it is for sure. */
export function pathOf({ places, sure }: Origin): readonly string[] | null {
  const [only] = places;
  return sure && places.size === 1 && only !== undefined ? only.path : null;
}
