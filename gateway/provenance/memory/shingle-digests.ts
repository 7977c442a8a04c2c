import { mixedBits } from "../text/digest.ts";
import type { Fingerprints } from "./fingerprints.ts";

/** Runs of words of one text that are kept at most; of a longer one every second, third, … is. */
const mostOfOne = 384;

export function addShingles(to: Fingerprints, shingles: Int32Array, count: number): void {
  const step = Math.ceil(count / mostOfOne);
  for (let at = 0; at < count; at += step) addShingle(to, shingles[at] as number);
}

export function addShingle(to: Fingerprints, digest: number): void {
  to.add(mixedBits(digest ^ 0x5bd1e995), digest);
}

export function hasShingle(set: Fingerprints, digest: number): boolean {
  return set.has(mixedBits(digest ^ 0x5bd1e995), digest);
}
