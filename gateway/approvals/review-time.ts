import type { Approval } from "../domain/approval.ts";
import { Refusal } from "../domain/errors.ts";
import type { Approver, Review } from "../domain/ports.ts";
import type { ApprovalsDeps } from "./move.ts";
import type { Viewings } from "./viewings.ts";

export interface ReviewTimeOptions extends Pick<ApprovalsDeps, "attention"> {
  readonly viewings: Viewings;
  /** How long an approver must have had the card of an irreversible call on the screen before approving it, in milliseconds. */
  readonly minReviewTimeMs: number;
}

/** How long this approver has to look at the card before approving it, and has looked. */
export function reviewOf(
  { viewings, minReviewTimeMs }: ReviewTimeOptions,
  approval: Approval,
  approver: Approver,
): Review {
  const needed = approval.state === "held" && approval.binding.reversible !== true;
  return { neededMs: needed ? minReviewTimeMs : 0, seenMs: viewings.seenMs(approver.id, approval.id) };
}

/**
 * What cannot be undone is looked at first; a click that comes sooner than anybody can read is none.
 * @throws Refusal approval_too_fast
 */
export function assertReviewTime(options: ReviewTimeOptions, approval: Approval, approver: Approver): void {
  const { neededMs, seenMs } = reviewOf(options, approval, approver);
  if (seenMs >= neededMs) return;
  const rules = approval.reasons.map(({ rule }) => rule);
  options.attention.limitReached("too_fast", approver.name, rules);
  throw new Refusal("approval_too_fast", { hint: `in ${Math.ceil((neededMs - seenMs) / 1_000)} s` });
}
