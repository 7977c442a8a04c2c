import { type Approval, policyChange } from "../../domain/approval.ts";
import type { ApprovalRequirement } from "../../domain/decision.ts";
import { Refusal } from "../../domain/errors.ts";
import type { Facts } from "../../domain/facts.ts";
import type { JsonObject } from "../../lib/json.ts";
import type { EvaluatedCall } from "../../domain/exchange.ts";
import type { Holds } from "../../domain/ports.ts";
import { bindingOf } from "./bound.ts";

/** The question to people about this call, on disk when it returns; the one that is open for it already, when there is one. */
export function openHold(evaluated: EvaluatedCall, holds: Holds): Approval {
  const { call, subject, facts, decision, decisionId } = evaluated;
  if (decision.approval === null)
    throw new Refusal("policy_shape", { detail: "a hold without an approval requirement" });
  return holds.open({
    binding: bindingOf(evaluated),
    requirement: decision.approval,
    reasons: decision.reasons,
    conditions: { labels: facts.session.labels, risk: facts.risk.score, revision: facts.policy.revision },
    context: cardContext({ call, subject, facts }),
    decisionId,
    idempotencyKey: call.idempotencyKey,
    replaces: replaced(facts, decision.approval, holds),
  });
}

/** The earlier item that no longer answers: the call has changed under it, or policy asks for more than it gave. */
function replaced(facts: Facts, requirement: ApprovalRequirement, holds: Holds): Approval["replaces"] {
  if (facts.drift !== null) return facts.drift;
  const { id, status, grant } = facts.approval;
  if (status !== "approved" || id === null || grant !== null) return null;
  const before = holds.get(id);
  return before === null ? null : { id, changes: policyChange(before.requirement, requirement) };
}

/** What the card shows beside the binding. Nothing here is judged. */
function cardContext({ call, subject, facts }: Pick<EvaluatedCall, "call" | "subject" | "facts">): JsonObject {
  return {
    agent: { id: subject.id, issuer: subject.issuer, client_id: subject.clientId, roles: subject.roles },
    acting_for: subject.actingFor === null ? null : { id: subject.actingFor.id },
    purpose: { text: facts.intent.purpose, declared_by: facts.intent.declared_by },
    stated_intent: call.declaredIntent,
    task: facts.task === null ? null : { ...facts.task },
    session: { ...facts.session, history: facts.session.history.map((entry) => ({ ...entry })) },
    catalog: { ...facts.catalog },
    protocol: call.route.protocol,
  };
}
