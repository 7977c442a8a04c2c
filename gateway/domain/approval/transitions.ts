import type { Approval, ApprovalState, Vote } from "./approval.ts";
import { quorumMet } from "./quorum.ts";

/** Which states each state may go to; the store compares before it sets. */
export const approvalTransitions: Readonly<Record<ApprovalState, readonly ApprovalState[]>> = {
  held: ["approved", "denied", "expired", "cancelled", "superseded", "drifted"],
  approved: ["released", "expired", "cancelled", "drifted"],
  released: ["delivered", "failed", "unknown"],
  delivered: [],
  failed: [],
  unknown: [],
  denied: [],
  expired: [],
  cancelled: [],
  superseded: [],
  drifted: [],
};

/** What operators are told of an item that ends as `unknown`: from then on only a person can find out. */
export const noOutcome = "a released call has no outcome: whether it was executed is not known";

export function canMove(from: ApprovalState, to: ApprovalState): boolean {
  return approvalTransitions[from].includes(to);
}

/** One step of the state machine. The store makes it only when the item is still in `from`. */
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
}

/**
 * What the votes come to: one deny ends it, a met quorum starts the second clock, else nothing changes yet.
 * `standing` are the votes whose voters may still cast them: a role lost between two votes is a vote lost.
 */
export function afterVote(approval: Approval, standing: readonly Vote[], now: number): Transition | null {
  if (approval.state !== "held") return null;
  if (standing.some(({ vote }) => vote === "deny")) return { from: "held", to: "denied", set: { resolved_at: now } };
  if (!quorumMet(approval.requirement.require, standing)) return null;
  const execute_by = now + approval.requirement.execute_within * 1_000;
  return { from: "held", to: "approved", set: { resolved_at: now, execute_by } };
}

/** Both clocks: approve by, while held; execute by, once approved. */
export function afterClock(approval: Approval, now: number): Transition | null {
  const { state, approve_by, execute_by } = approval;
  if (state !== "held" && state !== "approved") return null;
  const outcome = writtenAhead(approval, now);
  if (outcome !== null) return { from: state, to: "expired", set: { resolved_at: now, outcome } };
  const due = now >= (state === "held" ? approve_by : (execute_by ?? 0));
  return due ? { from: state, to: "expired", set: { resolved_at: now } } : null;
}

/** A clock that is set back by no more is let pass: what was written before it lives longer by as much. */
export const clockSetBackMs = 60_000;

/**
 * Why the times of an item mean nothing; null when they mean something. Written by a clock that was ahead, they would let
 * it live until the clock is there again, which may take years.
 */
function writtenAhead({ seal, resolved_at }: Approval, now: number): string | null {
  const latest = now + clockSetBackMs;
  if (seal.created > latest) return "the clock was ahead when it was held";
  return resolved_at !== null && resolved_at > latest ? "the clock was ahead when it was approved" : null;
}

/**
 * Whether it answers the same call when that comes again. A refusal stands for as long as the question would have been
 * open; after that the same call may ask again.
 */
export function stillAnswers(approval: Approval, now: number): boolean {
  const { state, approve_by } = approval;
  if (state === "denied") return now < approve_by && writtenAhead(approval, now) === null;
  return (state === "held" || state === "approved") && afterClock(approval, now) === null;
}

/** Ended by something else than a vote or a clock; null when it is past that. */
export function ended(
  approval: Approval,
  to: "cancelled" | "superseded" | "drifted",
  why: string,
  now: number,
): Transition | null {
  if (!canMove(approval.state, to)) return null;
  return { from: approval.state, to, set: { resolved_at: now, outcome: why } };
}

/** Used up, once, and only while its second clock runs. */
export function consumed(approval: Approval, now: number): Transition | null {
  if (approval.state !== "approved" || afterClock(approval, now) !== null) return null;
  return { from: "approved", to: "released", set: { consumed_at: now } };
}

/** How the execution ended. `unknown` is never tried again by itself. */
export function finished(to: "delivered" | "failed" | "unknown", note: string): Transition {
  return { from: "released", to, set: { outcome: note } };
}
