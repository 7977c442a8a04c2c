import type { Approval, Vote } from "../approval.ts";

/** What was kept from people, or from one of them, to spare their attention. */
export type AttentionLimit = "flood" | "too_fast" | "budget";

/** Told of every vote and of every refusal that is about people's attention. Kept in memory and written later: a measure, no record. */
export interface Attention {
  voted(approval: Approval, vote: Vote): void;
  /** `who` is the agent of a flood, else the name of the approver. */
  limitReached(kind: AttentionLimit, who: string, rules: readonly string[]): void;
}

/** One vote, as far as attention goes. Times are milliseconds. */
export interface VoteFact {
  /** Id of the voter's account. */
  readonly approver: string;
  /** What the voter was called. */
  readonly name: string;
  readonly vote: Vote["vote"];
  /** Since the epoch. */
  readonly at: number;
  /** From opening the card to the vote; null or 0 when it was never opened before. */
  readonly seen_ms: number | null;
  /** The rules that asked; each once. */
  readonly rules: readonly string[];
}

export interface AttentionLimitFact {
  readonly kind: AttentionLimit;
  readonly who: string;
  /** The rules that asked, in one text. */
  readonly rule: string;
  readonly times: number;
  /** Start of the hour in which it was last counted, milliseconds since the epoch. */
  readonly last: number;
}

/** The durable side. */
export interface AttentionStore {
  /** Newest first. */
  votesSince(at: number, limit: number): Promise<VoteFact[]>;
  /** Approving votes of one person after this moment; on the way of every vote, so one indexed look. */
  approvalsBetween(approver: string, after: number, until: number): Promise<number>;
  /** Adds to the hour of `at`; forgets what is older than `keepSince`. */
  addAttentionLimits(facts: readonly Omit<AttentionLimitFact, "last">[], at: number, keepSince: number): Promise<void>;
  attentionLimitsSince(at: number): Promise<AttentionLimitFact[]>;
}

/** How a set of votes looks: many, quick and all alike is what fatigue looks like. */
export interface VoteMeasure {
  readonly approved: number;
  readonly denied: number;
  /** 0 to 1; null without votes. */
  readonly approval_rate: number | null;
  /** From opening the card to the vote, of the votes whose card was opened; null when none was. */
  readonly median_s: number | null;
  /** Decided within the report's `fast_s`, those without opening the card among them. */
  readonly fast: number;
  readonly unopened: number;
  /** Votes by time to decide, split at `timeSplits` seconds; one more than there are splits. */
  readonly times: readonly number[];
}

export interface RuleMeasure extends VoteMeasure {
  readonly rule: string;
}

export interface ApproverMeasure extends VoteMeasure {
  readonly approver: string;
  /** Most votes in one hour by the clock, and the start of that hour. */
  readonly busiest: { readonly votes: number; readonly hour: number };
  /** Hours by the clock with at least one vote. */
  readonly active_hours: number;
  readonly rules: readonly RuleMeasure[];
  /** Times an approval was refused: before the card was read, or above the hourly budget. */
  readonly too_fast: number;
  readonly budget: number;
}

export interface FatigueReport {
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly until: number;
  /** Votes looked at, and whether older ones in the window were left out. */
  readonly votes: number;
  readonly cut: boolean;
  readonly fast_s: number;
  readonly time_splits_s: readonly number[];
  /** Votes an hour that one approver may approve; null without such a budget. */
  readonly budget_per_hour: number | null;
  readonly approvers: readonly ApproverMeasure[];
  readonly rules: readonly RuleMeasure[];
  /** Agents that hit the cap of open calls. */
  readonly floods: readonly { readonly agent: string; readonly times: number; readonly last: number }[];
  /** One entry for each day (UTC) of the window, oldest first. */
  readonly days: readonly { readonly day: number; readonly approved: number; readonly denied: number }[];
  /** What is off, each in one plain sentence; the worst first. */
  readonly findings: readonly string[];
}

export interface Fatigue {
  /** `days` back from now; at most what is kept. */
  report(given: { readonly days: number; readonly fastS: number }): Promise<FatigueReport>;
}
