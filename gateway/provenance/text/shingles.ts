import { mixedBits } from "./digest.ts";
import type { Words } from "./words.ts";

/** Words of a shingle: so many in a row that stand in two texts were most likely copied. */
export const shingleWords = 6;

/**
 * Digests, of 32 bits, of each run of six words (Broder, "On the resemblance and containment of documents", 1997): they tell whether
 * a text has such a run, at whatever place. They are signed numbers: see `mixedBits`.
 */
export function eachShingle(
  { lo, count }: Words,
  multiplier: number,
  then: (digest: number, first: number) => void,
): void {
  if (count < shingleWords) return;
  let sum = 0;
  let leaving = 1;
  for (let at = 1; at < shingleWords; at += 1) leaving = Math.imul(leaving, multiplier);
  for (let at = 0; at < count; at += 1) {
    if (at >= shingleWords) sum = (sum - Math.imul(lo[at - shingleWords] as number, leaving)) | 0;
    sum = (Math.imul(sum, multiplier) + (lo[at] as number)) | 0;
    if (at + 1 >= shingleWords) then(mixedBits(sum), at + 1 - shingleWords);
  }
}
