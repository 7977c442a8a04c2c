import type { ApprovalRequirement } from "../decision.ts";
import type { ApprovalFact, RequirementFact } from "../facts.ts";
import { forgottenLabel } from "../provenance.ts";
import type { Approval, ApprovalState, ActionBinding, Change, ConditionsNow, HoldConditions } from "./approval.ts";
import { internJson, type JsonValue } from "../../lib/json.ts";
import { type Grant, equal } from "./grant.ts";

/** The fact for a call without an approval. */
export const noApproval: ApprovalFact = internJson({
  status: "none",
  id: null,
  approvers: [],
  age: null,
  scope: null,
  grant: null,
  asked: null,
  reason: null,
});

/** States in which an approval has been used up, whatever the result of the call. */
export const usedStates: ReadonlySet<ApprovalState> = new Set(["released", "delivered", "failed", "unknown"]);

/** The approval fact of the policy input; `none` for an approval that ended without a decision. */
export function approvalFactOf(approval: Approval, now: number): ApprovalFact {
  const status = statuses[approval.state] ?? "none";
  const approved = status === "approved" && approval.resolved_at !== null;
  return {
    ...noApproval,
    status,
    id: approval.id,
    approvers: approval.votes.filter((vote) => vote.vote === "approve").map((vote) => vote.approver),
    age: approved ? secondsSince(approval.resolved_at, now) : null,
    scope: approved ? "once" : null,
    asked: approved ? requirementFact(approval.requirement) : null,
    reason: approval.votes.findLast((vote) => vote.reason !== null)?.reason ?? null,
  };
}

export function grantFactOf(grant: Grant, now: number): ApprovalFact {
  return {
    ...noApproval,
    status: "approved",
    id: grant.id,
    approvers: grant.approvers,
    age: secondsSince(grant.created, now),
    scope: grant.scope.kind,
    grant: { uses: grant.scope.uses, seconds: grant.scope.seconds },
    asked: grant.asked,
  };
}

export function requirementFact({
  require,
  distinct_from,
  justification,
  proof,
}: ApprovalRequirement): RequirementFact {
  return { require, distinct_from, justification, proof: proof ?? "session" };
}

function secondsSince(at: number, now: number): number {
  return Math.max(0, Math.round((now - at) / 1_000));
}

const statuses: Partial<Record<ApprovalState, ApprovalFact["status"]>> = {
  held: "pending",
  approved: "approved",
  denied: "denied",
  expired: "expired",
};

/** Differences between a call and an earlier approval; empty for the same call under the same or better conditions. */
export function changesSince(
  approval: Pick<Approval, "binding" | "conditions">,
  binding: ActionBinding,
  now: ConditionsNow,
): Change[] {
  return [...bindingChanges(approval.binding, binding), ...conditionChanges(approval.conditions, now)];
}

/** The change of the approval requirement, when policy now requires something else. */
export function policyChange(before: ApprovalRequirement, after: ApprovalRequirement): Change[] {
  return equal(before, after)
    ? []
    : [{ what: "policy", before: before as unknown as JsonValue, after: after as unknown as JsonValue }];
}

function bindingChanges(before: ActionBinding, after: ActionBinding): Change[] {
  const fields = Object.keys(after) as (keyof ActionBinding)[];
  return fields
    .filter((field) => !equal(before[field], after[field]))
    .map((field) => ({ what: field, before: before[field] ?? null, after: after[field] ?? null }));
}

/**
 * Only changes for the worse: an additional label, or a risk that has reached a threshold below which it was. Below one, a score that
 * has moved is none: it moves with every call of the agent.
 */
function conditionChanges(before: HoldConditions, now: ConditionsNow): Change[] {
  const changes: Change[] = [];
  // What people decided about does not change when the gateway's own memory runs out of room.
  const unseen = now.labels.filter((label) => label !== forgottenLabel && !before.labels.includes(label));
  if (unseen.length > 0) changes.push({ what: "labels", before: before.labels, after: now.labels });
  if (now.thresholds.some((threshold) => (before.risk ?? 0) < threshold && (now.risk ?? 0) >= threshold))
    changes.push({ what: "risk", before: before.risk, after: now.risk });
  return changes;
}
