import type { Approval } from "../approval.ts";
import type { ReplayReport } from "../policy-change.ts";

/** A policy by its name and by its bytes. */
export interface PolicyName {
  readonly revision: string;
  /** sha256:… of the bundle archive. */
  readonly digest: string;
}

/**
 * The policy that judged last on any gateway of the store, where something is required of changes: what the first policy of a gateway
 * without a history is a change of. `store/` keeps it.
 */
export interface JudgedPolicy {
  /** Null: none ever has. */
  last(): Promise<PolicyName | null>;
  /** Durable when it resolves. */
  note(policy: PolicyName): Promise<void>;
}

/** From the policy that judges to another one. */
export interface PolicyChange extends PolicyName {
  readonly before: PolicyName;
  /** What the other one says of recorded decisions; null where that is not asked for. */
  readonly impact: ReplayReport | null;
}

/**
 * A change that is built and tested, and is not active. `why`: what it lacks. widened: it lets something through; unknown: of too few
 * recorded decisions it is known what it says of them; unasked: rules differ that no recorded decision asks; approval: people have to
 * approve every change.
 */
export interface WaitingChange extends PolicyChange {
  readonly why: "widened" | "unknown" | "unasked" | "approval";
  /** Whether people of a role have to approve it; otherwise whoever may accept it does so alone. */
  readonly needsApproval: boolean;
  /** What people were asked, or have said; null: nobody was asked. */
  readonly question: ChangeQuestion | null;
}

/** A question to people about a change of the policy. */
export interface ChangeQuestion {
  /** Of the approval. */
  readonly id: string;
  readonly state: Approval["state"];
  /** Who asked. */
  readonly by: string;
  /** What was last said with a vote. */
  readonly reason: string | null;
}

/** Who asks for a change, from the authenticated session alone. */
export interface Requester {
  /** Of their account. */
  readonly account: string;
  readonly name: string;
  /** Other names of the same person. */
  readonly also: readonly string[];
}

/** A change that may become active, and by whose word. */
export interface ApprovedChange {
  readonly by: string;
  readonly reason: string;
  /** Id of the approval; null: one person alone has accepted it. */
  readonly approval: string | null;
}

/** Changes of the policy as questions to people, answered as those about calls are. */
export interface PolicyChanges {
  /** Asks people, unless they are asked already. @throws Refusal policy_change_denied, and those of holds */
  ask(change: PolicyChange, by: Requester, reason: string | null): Promise<ChangeQuestion>;
  /**
   * Uses up the approval of exactly this change, or takes one that another gateway of the store has used. `isUsedHere`: whether the approval with
   * this id has made a policy active on this gateway. Null: there is none.
   */
  approved(change: PolicyChange, isUsedHere: (id: string) => boolean): Promise<ApprovedChange | null>;
  /** The latest question about exactly this change that still counts; null: nobody was asked. */
  question(change: PolicyChange): Promise<ChangeQuestion | null>;
  /** Ends the questions that this gateway asked about all changes but the one to this policy. */
  supersede(digest: string): Promise<void>;
  /** Called when a question is decided or has ended; returns how to stop. */
  watch(listener: () => void): () => void;
}

/** Judges recorded decisions by two policies. `archive`: file of the bundle. @throws Error when they cannot be compared */
export type MeasureImpact = (policies: {
  readonly before: PolicyName & { readonly archive: string };
  readonly after: PolicyName & { readonly archive: string };
}) => Promise<ReplayReport>;
