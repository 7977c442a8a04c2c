import { detectorKinds } from "../domain/result.ts";
import type { Found } from "./kinds.ts";

const rank = new Map(detectorKinds.map((kind, at) => [kind, at]));

/**
 * Findings in their order without overlaps. Of two that overlap the longer stays, of equal ones the kind that tells more. A phrase
 * aimed at agents is a long signal around what it is about, so it gives way to every other kind and keeps what is left of it.
 */
export function keepStrongest(found: readonly Found[]): Found[] {
  const values = longest(found.filter(({ kind }) => kind !== "injection"));
  const phrases = longest(found.filter(({ kind }) => kind === "injection"));
  return [...values, ...without(phrases, values)].sort(byPlace);
}

function longest(found: readonly Found[]): Found[] {
  const kept: Found[] = [];
  for (const one of found.toSorted(byPlace)) {
    const last = kept.at(-1);
    if (last === undefined || one.start >= last.end) kept.push(one);
    else if (strength(one) > strength(last)) kept[kept.length - 1] = one;
  }
  return kept;
}

/** Length first, and of equal lengths the kind. */
function strength({ kind, start, end }: Found): number {
  return end - start - (rank.get(kind) ?? 0) / detectorKinds.length;
}

/** The parts of some findings that lie outside others; both in their order. */
function without(found: readonly Found[], others: readonly Found[]): Found[] {
  const kept: Found[] = [];
  let next = 0;
  for (const { kind, start, end } of found) {
    while (next < others.length && (others[next] as Found).end <= start) next += 1;
    let from = start;
    for (let at = next; at < others.length && (others[at] as Found).start < end; at += 1) {
      const other = others[at] as Found;
      if (other.start > from) kept.push({ kind, start: from, end: other.start });
      from = Math.max(from, other.end);
    }
    if (from < end) kept.push({ kind, start: from, end });
  }
  return kept;
}

function byPlace(one: { readonly start: number }, other: { readonly start: number }): number {
  return one.start - other.start;
}
