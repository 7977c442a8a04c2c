import { Refusal } from "../../domain/errors.ts";
import { beginsRevision } from "../revision-name.ts";
import type { HistoryContent, KeptEntry } from "./history-file.ts";

/** An entry of which the archive is kept. */
type Returnable = KeptEntry & { readonly revision: string; readonly digest: string };

/** The entry with this revision, or with one that begins so. @throws Refusal policy_revision_unknown */
export function entryNamed(kept: readonly KeptEntry[], wanted: string): Returnable {
  const entries = kept.filter(isReturnable);
  const exact = entries.findLast(({ revision }) => revision === wanted);
  if (exact !== undefined) return exact;
  const alike = entries.filter(({ revision }) => beginsRevision(wanted, revision));
  const [found, ...others] = new Set(alike.map(({ digest }) => digest));
  const entry = others.length > 0 ? undefined : alike.findLast(({ digest }) => digest === found);
  if (entry !== undefined) return entry;
  throw unknown(
    others.length > 0
      ? `several revisions begin with ${wanted}`
      : `none that is kept has the revision ${wanted}, or begins so; policy history lists them`,
  );
}

/**
 * What was active before what has this digest, and was not gone back from. @throws Refusal policy_revision_unknown
 */
export function entryBefore(kept: readonly KeptEntry[], digest: string | null): Returnable {
  const entries = kept.filter(isReturnable).reduce(lineWith, []);
  const from = entries.findLastIndex((entry) => entry.digest === digest);
  const entry = entries.slice(0, from === -1 ? entries.length : from).findLast((one) => one.digest !== digest);
  if (entry === undefined) throw unknown("nothing that is kept was active before");
  return entry;
}

/** A pin goes back to what it names, so that what came after that is no longer before anything. */
function lineWith(line: readonly Returnable[], entry: Returnable): readonly Returnable[] {
  if (entry.outcome === "active") return [...line, entry];
  if (entry.outcome !== "pinned") return line;
  const at = line.findLastIndex(({ digest }) => digest === entry.digest);
  return at === -1 ? [...line, entry] : line.slice(0, at + 1);
}

/** What was refused may have the name of a policy, and never was one that judged. */
function isReturnable(entry: KeptEntry): entry is Returnable {
  return entry.outcome !== "refused" && entry.revision !== null && entry.digest !== null;
}

/** The policy that judged last; null: none ever has. */
export function lastJudged(entries: readonly KeptEntry[]): Returnable | null {
  return entries.filter(isReturnable).findLast(({ outcome }) => outcome !== "held") ?? null;
}

function unknown(hint: string): Refusal {
  return new Refusal("policy_revision_unknown", { hint });
}

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
    const those = entries.filter(isReturnable).filter(({ outcome }) => (outcome === "held") === isHeld);
    return [...new Set(those.toReversed().flatMap(({ digest }) => digest ?? []))].slice(0, keep);
  };
  return new Set([...latest(false), ...latest(true), ...(pin === null ? [] : [pin.digest])]);
}
