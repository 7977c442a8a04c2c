import type { ApprovalRequirement } from "../decision.ts";
import type { JsonValue } from "../../lib/json.ts";
import type { ActionBinding, Approval, Change, HoldConditions } from "./approval.ts";
import { equal } from "./grant.ts";

/** Differences between a call and an earlier approval; empty for the same call under the same or better conditions. */
export function changesSince(
  approval: Pick<Approval, "binding" | "conditions">,
  binding: ActionBinding,
  now: HoldConditions,
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

/** Only changes for the worse: an additional label, or a higher risk. */
function conditionChanges(before: HoldConditions, now: HoldConditions): Change[] {
  const changes: Change[] = [];
  const unseen = now.labels.filter((label) => !before.labels.includes(label));
  if (unseen.length > 0) changes.push({ what: "labels", before: before.labels, after: now.labels });
  if ((now.risk ?? 0) > (before.risk ?? 0)) changes.push({ what: "risk", before: before.risk, after: now.risk });
  return changes;
}
