import { mixedBits } from "./digest.ts";
import type { Words } from "./words/words.ts";

/** Words of a shingle: so many in a row that stand in two texts were most likely copied. */
export const shingleWords = 6;

/**
 * Digests, of 32 bits, of each run of six words (Broder, "On the resemblance and containment of documents", 1997): they tell whether
 * a text has such a run, at whatever place. They are signed numbers: see `mixedBits`.
 * @param into where they are put, from the place `from` on, as far as there is room
 * @returns the place after the last one
 */
export function shinglesIn({ lo, count }: Words, multiplier: number, into: Int32Array, from = 0): number {
  const last = Math.min(count, into.length - from + shingleWords - 1);
  if (last < shingleWords) return from;
  let sum = 0;
  let leaving = 1;
  for (let at = 1; at < shingleWords; at += 1) leaving = Math.imul(leaving, multiplier);
  for (let at = 0; at < shingleWords - 1; at += 1) sum = (Math.imul(sum, multiplier) + (lo[at] as number)) | 0;
  let next = from;
  for (let at = shingleWords - 1; at < last; at += 1) {
    sum = (Math.imul(sum, multiplier) + (lo[at] as number)) | 0;
    into[next++] = mixedBits(sum);
    sum = (sum - Math.imul(lo[at + 1 - shingleWords] as number, leaving)) | 0;
  }
  return next;
}
