import type { ChangeQuestion, Requester } from "./policy-changes.ts";

/** What became of one edit of the policy, or of one request to judge by an earlier one. */
export interface PolicyHistoryEntry {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Null for an edit that failed before it was built. */
  readonly revision: string | null;
  /** sha256:… of the bundle archive; null for what was refused before it was built. */
  readonly digest: string | null;
  /** `active`, by the sources; `pinned`; `held`: built while another revision was pinned; `refused`: it did not become active. */
  readonly outcome: "active" | "pinned" | "held" | "refused";
  /** Who asked for it, or accepted it; null: an edit of the sources. */
  readonly by: string | null;
  readonly reason: string | null;
  /** Why it was refused; null otherwise. */
  readonly problem: string | null;
}

/** A revision that judges whatever the sources hold. */
export interface PolicyPin {
  readonly revision: string;
  readonly digest: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly by: string;
  readonly reason: string | null;
}

/** What of the policy's past is known, and the way back to it. */
export interface PolicyHistory {
  /** The latest first; `kept`: whether it can be activated again. */
  list(): readonly (PolicyHistoryEntry & { readonly kept: boolean })[];
  pinned(): PolicyPin | null;
  /** @throws Refusal policy_revision_unknown, policy_revision_older, policy_revision_refused */
  activate(wanted: WantedPolicy): Promise<{ readonly revision: string; readonly pinned: boolean }>;
  /**
   * Accepts the change that waits; where people have to approve it, asks them. `question` is null when it is active now, or held: `pinned` says
   * whether another revision is pinned.
   * @throws Refusal policy_change_unknown, policy_change_denied, policy_revision_refused, and those of holds
   */
  accept(accepted: AcceptedChange): Promise<AcceptedAnswer>;
}

export interface AcceptedAnswer {
  readonly revision: string;
  readonly question: ChangeQuestion | null;
  readonly pinned: boolean;
}

export interface AcceptedChange {
  /** The revision that waits, or enough of its beginning. */
  readonly revision: string;
  readonly by: Requester;
  readonly reason: string | null;
}

export interface WantedPolicy {
  /** A revision, or enough of its beginning; `latest`: what the sources hold, and nothing is pinned any more; `previous`: the one before. */
  readonly revision: string;
  /** Whether it may have been signed before one that has been active. */
  readonly acceptOlder: boolean;
  readonly by: string;
  readonly reason: string | null;
}
