import type { Reason } from "./decision.ts";

/** How two verdicts on one question differ. */
export interface Change {
  /** `deny→allow` and the like; `approval`, `obligations` or `reasons` where the effect is the same. */
  readonly kind: string;
  /** Whether something is let through that was not, or with less asked for than before. */
  readonly widens: boolean;
}

export type VerdictReason = Pick<Reason, "code" | "rule">;

/** A verdict as people are shown it. */
export interface Shown {
  readonly effect: string;
  readonly reasons: readonly VerdictReason[];
}

/** One question that two policies answer differently. */
export interface Difference {
  /** A decision's id, or the name of a golden case. */
  readonly of: string;
  /** Of the decision, ISO 8601; null for a golden case. */
  readonly at: string | null;
  readonly tool: string;
  readonly subject: string;
  readonly change: Change;
  readonly before: Shown;
  readonly after: Shown;
}

export interface Counted {
  readonly name: string;
  readonly count: number;
}

/** What two policies say of the same decisions. */
export interface Compared {
  readonly decisions: number;
  readonly compared: number;
  readonly same: number;
  readonly changed: number;
  readonly widened: number;
  /** Widenings first. */
  readonly kinds: readonly KindTally[];
  /** Compared decisions by a part of the input that was taken as it was, then or by the other policy. */
  readonly asRecorded: readonly Counted[];
}

/** What two policies say of recorded decisions, and what of them could not be compared. */
export interface ReplayReport extends Compared {
  readonly notCompared: NotCompared;
  /** Rules that differ and that no recorded decision asks, or whose data differ; absent: nobody has looked. */
  readonly notAsked?: readonly UnaskedKind[];
}

/** What rules decide that decisions about calls do not: which tools are shown, what of a result comes back, what of a record is logged. */
export const unaskedKinds = ["visible", "result", "log"] as const;
export type UnaskedKind = (typeof unaskedKinds)[number];

/** What could not be compared, by the reason. */
interface NotCompared {
  readonly total: number;
  /** The gateway refused by itself: a token, a limit, an approval that was used up. */
  readonly gateway: number;
  /** Nothing of the input was kept. */
  readonly noInput: number;
  /** By a place of the input that a policy reads, and that is not in the record or was made from facts that are others now. */
  readonly places: readonly Counted[];
}

/** Differences of one kind. */
export interface KindTally {
  readonly kind: string;
  readonly widens: boolean;
  readonly count: number;
  /** The most frequent first. */
  readonly tools: readonly Counted[];
  readonly subjects: readonly Counted[];
  readonly examples: readonly Difference[];
}
