import type { HistoryContent, KeptEntry } from "./history-file.ts";

/** Entries of each outcome, so that many edits with mistakes, or many while a revision is pinned, push out none of what was active. */
const MOST_OF_EACH = 100;

/** With `entry` at the end, without the oldest of what are too many. */
export function withEntry(entries: readonly KeptEntry[], entry: KeptEntry): readonly KeptEntry[] {
  const counts = new Map<KeptEntry["outcome"], number>();
  const isOfTheLatest = ({ outcome }: KeptEntry): boolean => {
    const count = (counts.get(outcome) ?? 0) + 1;
    counts.set(outcome, count);
    return count <= MOST_OF_EACH;
  };
  return [...entries, entry].toReversed().filter(isOfTheLatest).toReversed();
}

/** Digests of the latest policies that were active, `keep` of them, of as many that were held, and of the pinned one. */
export function mostRecent({ entries, pin }: HistoryContent, keep: number): ReadonlySet<string> {
  const latest = (isHeld: boolean): readonly string[] => {
    const those = entries.filter(({ outcome }) => (outcome === "held") === isHeld);
    return [...new Set(those.toReversed().flatMap(({ digest }) => digest ?? []))].slice(0, keep);
  };
  return new Set([...latest(false), ...latest(true), ...(pin === null ? [] : [pin.digest])]);
}
