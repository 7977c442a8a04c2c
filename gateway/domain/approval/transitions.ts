import type { Approval, ApprovalState, Vote } from "./approval.ts";
import type { EndedBy } from "../revocation.ts";
import { quorumMet } from "./quorum.ts";

/**
 * The states that may follow each state; one that nothing follows is an end. The store compares the current state before it sets a new one.
 * Of the ends, `unknown` alone may be corrected: `corrections`.
 */
export const approvalTransitions: Readonly<Record<ApprovalState, readonly ApprovalState[]>> = {
  held: ["approved", "denied", "expired", "cancelled", "drifted"],
  approved: ["released", "denied", "expired", "cancelled", "drifted"],
  released: ["delivered", "failed", "unknown"],
  delivered: [],
  failed: [],
  unknown: [],
  denied: [],
  expired: [],
  cancelled: [],
  drifted: [],
};

/** How the ending of an approval begins that was used up for a call that did not leave. */
export const usedUnsent = "used up and never sent: ";

/** The outcome that is told of a call whose process was taken for dead. */
const stoppedBetween = "the gateway stopped between release and outcome";

/** Note for operators on a call that ends as `unknown`: only a person can find out what happened. */
export const noOutcome = "a released call has no outcome: whether it was executed is not known";

/** Where a process that was taken for dead lives after all, it corrects what others said of its call. */
const corrections: readonly ApprovalState[] = ["delivered", "failed"];

export function canMove(from: ApprovalState, to: ApprovalState): boolean {
  return approvalTransitions[from].includes(to) || (from === "unknown" && corrections.includes(to));
}

/** One transition of the state machine. The store applies it only while the approval is in `from`. */
export interface Transition {
  readonly from: ApprovalState;
  readonly to: ApprovalState;
  readonly set: TransitionSet;
}

export interface TransitionSet {
  readonly resolved_at?: number;
  readonly execute_by?: number;
  readonly consumed_at?: number;
  readonly outcome?: string;
  readonly ended_by?: EndedBy;
}

/**
 * The transition that the votes lead to: one deny ends it, also when it is approved and not released; a met quorum starts the
 * time limit for execution; else null.
 * `counted` are the votes of people who are still eligible: a vote stops counting when its voter loses the role.
 */
export function afterVote(approval: Approval, counted: readonly Vote[], now: number): Transition | null {
  const { state } = approval;
  if (state !== "held" && state !== "approved") return null;
  if (counted.some(({ vote }) => vote === "deny")) return { from: state, to: "denied", set: { resolved_at: now } };
  if (state === "approved") return null;
  if (!quorumMet(approval.requirement.require, counted)) return null;
  const execute_by = now + approval.requirement.execute_within * 1_000;
  return { from: "held", to: "approved", set: { resolved_at: now, execute_by } };
}

/** The transition when a time limit has passed: `approve_by` while held, `execute_by` once approved. */
export function afterClock(approval: Approval, now: number): Transition | null {
  const { state, approve_by, execute_by } = approval;
  if (state !== "held" && state !== "approved") return null;
  const outcome = writtenAhead(approval, now);
  if (outcome !== null) return { from: state, to: "expired", set: { resolved_at: now, outcome } };
  const due = now >= (state === "held" ? approve_by : (execute_by ?? 0));
  return due ? { from: state, to: "expired", set: { resolved_at: now } } : null;
}

/** A clock that is set back by at most this much is accepted: earlier time limits are extended by as much. */
export const clockSetBackMs = 60_000;

/**
 * Why the times of an approval cannot be used; null when they can. Times written by a clock that was ahead would keep
 * it open until that time comes, which may take years.
 */
function writtenAhead({ seal, resolved_at }: Approval, now: number): string | null {
  const latest = now + clockSetBackMs;
  if (seal.created > latest) return "the clock was ahead when it was held";
  return resolved_at !== null && resolved_at > latest ? "the clock was ahead when it was approved" : null;
}

/**
 * Whether this approval applies to a repetition of its call. A denial applies as long as the hold, or the approval that it
 * overruled, would have been open; after that the same call may be held again.
 */
export function stillAnswers(approval: Approval, now: number): boolean {
  const { state, approve_by, execute_by } = approval;
  if (state === "denied") return now < (execute_by ?? approve_by) && writtenAhead(approval, now) === null;
  return (state === "held" || state === "approved") && afterClock(approval, now) === null;
}

/** The transition to an end other than by vote or time limit; null when the approval can no longer end that way. */
export function ended(approval: Approval, to: "cancelled" | "drifted", why: string, now: number): Transition | null {
  if (!canMove(approval.state, to)) return null;
  return { from: approval.state, to, set: { resolved_at: now, outcome: why } };
}

/** The same, because access has ended. */
export function endedByAccess(approval: Approval, by: EndedBy, why: string, now: number): Transition | null {
  const transition = ended(approval, "cancelled", why, now);
  return transition && { ...transition, set: { ...transition.set, ended_by: by } };
}

/** The transition that uses up an approval: once, and only before `execute_by`. */
export function consumed(approval: Approval, now: number): Transition | null {
  if (approval.state !== "approved" || afterClock(approval, now) !== null) return null;
  return { from: "approved", to: "released", set: { consumed_at: now } };
}

/** The transition at the end of the execution. `unknown` is never retried automatically. */
export function finished(to: "delivered" | "failed" | "unknown", note: string, by?: EndedBy): Transition {
  return { from: "released", to, set: { outcome: note, ...(by === undefined ? {} : { ended_by: by }) } };
}

/** The end, as others see it, of what a process has released that is taken for dead. */
export function interrupted(): Transition {
  return finished("unknown", stoppedBetween);
}

/**
 * The same ending of a call that was taken for interrupted meanwhile: the process that released it had only stood still, and knows what
 * came of it. Null when nothing is to be corrected. An end that the releasing process itself has told stays.
 */
export function corrected({ state, outcome }: Approval, ending: Transition): Transition | null {
  const isTaken = state === "unknown" && outcome === stoppedBetween && ending.to !== "unknown";
  return isTaken ? { ...ending, from: "unknown" } : null;
}
