import { Recent } from "../lib/caches.ts";

/** Callers say the same purpose with every call. */
const recent = new Recent<ReadonlySet<string>>(1_000);

const mostWords = 32;

/** The words of a purpose of three letters and more, in lower case. */
export function purposeWords(purpose: string): ReadonlySet<string> {
  const known = recent.get(purpose);
  if (known !== undefined) return known;
  const words =
    purpose
      .normalize("NFKC")
      .toLowerCase()
      .match(/[\p{L}\p{N}]{3,}/gu) ?? [];
  const set = new Set(words.slice(0, mostWords));
  recent.set(purpose, set);
  return set;
}

/** The part of the smaller set that is in the other, 0 to 1; 1 when one of them is empty. */
export function overlap(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  const least = Math.min(one.size, other.size);
  if (least === 0) return 1;
  let shared = 0;
  for (const word of one) if (other.has(word)) shared += 1;
  return shared / least;
}
