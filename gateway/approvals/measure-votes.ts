import type { VoteFact, VoteMeasure } from "../domain/ports.ts";

/** Seconds; between them lie "did not read", "glanced", "read", "looked into it". */
export const timeSplits: readonly number[] = [2, 5, 15, 60, 300];

export function measureVotes(votes: readonly VoteFact[], fastS: number): VoteMeasure {
  const approved = votes.filter(({ vote }) => vote === "approve").length;
  const opened = votes.flatMap(({ seen_ms }) => (seen_ms === null || seen_ms === 0 ? [] : [seen_ms / 1_000]));
  const unopened = votes.length - opened.length;
  return {
    approved,
    denied: votes.length - approved,
    approval_rate: votes.length === 0 ? null : approved / votes.length,
    median_s: median(opened),
    fast: unopened + opened.filter((seconds) => seconds < fastS).length,
    unopened,
    times: histogram(opened, unopened),
  };
}

function median(numbers: readonly number[]): number | null {
  const sorted = numbers.toSorted((a, b) => a - b);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}

/** Whoever never opened the card took no time over it. */
function histogram(seconds: readonly number[], unopened: number): number[] {
  const counts = [...timeSplits, Infinity].map(() => 0);
  counts[0] = unopened;
  for (const each of seconds) {
    const place = [...timeSplits, Infinity].findIndex((split) => each < split);
    counts[place] = (counts[place] ?? 0) + 1;
  }
  return counts;
}

/** Groups by what `keysOf` says, the largest group first, equally large ones by name. */
export function grouped<T>(items: readonly T[], keysOf: (item: T) => readonly string[]): [string, T[]][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    for (const key of keysOf(item)) {
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [item]);
      else group.push(item);
    }
  }
  return [...groups].toSorted(([one, a], [other, b]) => b.length - a.length || (one < other ? -1 : 1));
}
