import type { Approval, Vote } from "../domain/approval.ts";
import { Refusal } from "../domain/errors.ts";
import type { ApprovalDesk, ApprovalStore, Approver, Clock } from "../domain/ports.ts";
import type { Bell } from "./bell.ts";
import { assertEligible, quorumMet } from "./eligibility.ts";
import { expireIfDue } from "./expiry.ts";

export interface DeskOptions {
  readonly store: ApprovalStore;
  readonly clock: Clock;
  readonly bell: Bell;
}

/** The approver's side: identity comes from the authenticated session, the digest says what was looked at. */
export function approvalDesk({ store, clock, bell }: DeskOptions): ApprovalDesk {
  const current = (id: string): Approval | null => {
    const found = store.get(id);
    return found === null ? null : expireIfDue(store, bell, found, clock.now());
  };
  return {
    list: (filter) => store.list(filter).map((item) => expireIfDue(store, bell, item, clock.now())),
    get: current,
    watch: (listener) => bell.watch(listener),
    vote: (id, actionDigest, approver, vote, reason) => {
      const approval = current(id);
      if (approval === null) throw new Refusal("approval_unknown");
      assertVotable(approval, actionDigest, approver, vote, reason);
      const cast: Vote = {
        approver: approver.id,
        roles: approver.roles,
        vote,
        reason,
        at: clock.now(),
        method: approver.method,
      };
      if (!store.addVote(id, cast)) throw new Refusal("approval_closed");
      return resolve(store, bell, store.get(id) ?? approval, clock.now());
    },
  };
}

function assertVotable(
  approval: Approval,
  digest: string,
  approver: Approver,
  vote: "approve" | "deny",
  reason: string | null,
): void {
  if (approval.action_digest !== digest) throw new Refusal("approval_mismatch");
  if (approval.state !== "held") throw new Refusal("approval_closed", { hint: `it is ${approval.state}` });
  assertEligible(approval, approver);
  const reasonNeeded = vote === "deny" || approval.requirement.justification;
  if (reasonNeeded && (reason === null || reason.trim() === "")) {
    throw new Refusal(
      "approval_reason_missing",
      vote === "deny" ? {} : { hint: "this approval needs a justification too" },
    );
  }
}

/** One deny ends it; enough approvals start the second clock. Several people at once: the compare-and-set lets one of them do it. */
function resolve(store: ApprovalStore, bell: Bell, approval: Approval, now: number): Approval {
  const denied = approval.votes.some((vote) => vote.vote === "deny");
  if (denied) store.move(approval.id, "held", "denied", { resolved_at: now });
  else if (quorumMet(approval, approval.votes)) {
    const execute_by = now + approval.requirement.execute_within * 1_000;
    store.move(approval.id, "held", "approved", { resolved_at: now, execute_by });
  }
  const after = store.get(approval.id) ?? approval;
  bell.ring(after);
  return after;
}
