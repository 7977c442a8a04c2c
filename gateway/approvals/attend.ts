import type { Approval } from "../domain/approval.ts";
import { Refusal } from "../domain/errors.ts";
import type { Approver } from "../domain/ports.ts";
import { assertEligible } from "./eligibility.ts";
import type { ApprovalsDeps } from "./move.ts";

const lastMinuteMs = 60_000;

/**
 * As much time again as policy gave, asked for in the last minute and at most once: a question nobody answers must end.
 * The digest stays: it binds the clock that the caller was told first.
 */
export function extendItem(deps: ApprovalsDeps, approval: Approval, approver: Approver): Approval {
  const { store, clock } = deps;
  assertEligible(approval, approver);
  const { approve_by, seal, requirement } = approval;
  if (approve_by - clock.now() > lastMinuteMs)
    throw new Refusal("approval_extension", { hint: "only in the last minute" });
  if (approve_by !== seal.approve_by) throw new Refusal("approval_extension", { hint: "it was extended before" });
  const until = approve_by + requirement.approve_within * 1_000;
  if (!store.extend(approval.id, approve_by, until, clock.now())) throw new Refusal("approval_closed");
  return ringed(deps, approval);
}

/** A courtesy between people: whoever else looks sees that somebody is at it. Anybody eligible may still vote. */
export function claimItem(deps: ApprovalsDeps, approval: Approval, approver: Approver, take: boolean): Approval {
  assertEligible(approval, approver);
  const now = deps.clock.now();
  const claim = take ? { by: approver.name, at: now } : null;
  if (!deps.store.claim(approval.id, claim, now)) throw new Refusal("approval_closed");
  return ringed(deps, approval);
}

function ringed({ store, events }: ApprovalsDeps, approval: Approval): Approval {
  const after = store.get(approval.id) ?? approval;
  events.publish(after);
  return after;
}
