import type { Approval } from "../domain/approval.ts";
import { policyChange } from "../domain/approval.ts";
import { actionBinding } from "../domain/binding.ts";
import type { ApprovalRequirement } from "../domain/decision.ts";
import { Refusal } from "../domain/errors.ts";
import type { Exchange } from "../domain/exchange.ts";
import type { Facts } from "../domain/facts.ts";
import type { JsonObject } from "../domain/json.ts";
import type { Judged } from "../domain/judged.ts";
import { outcome, type Outcome } from "../domain/outcome.ts";
import type { Clock, Holds } from "../domain/ports.ts";
import type { Cancellations } from "./cancellations.ts";
import { tell } from "./refuse.ts";
import { tellHeld } from "./tell-http.ts";
import type { Told } from "./told.ts";
import { waitForPeople } from "./wait.ts";

export interface HoldOptions {
  readonly holds: Holds;
  readonly cancellations: Cancellations;
  readonly clock: Clock;
}

/**
 * Holds a call: durable first, then the caller waits as its protocol allows. When people approve while it waits, the
 * outcome is `resumed` and the call goes through the whole path again; a caller that has left is never executed for.
 */
export async function hold(exchange: Exchange, judged: Judged, options: HoldOptions): Promise<Outcome> {
  const { holds, cancellations, clock } = options;
  const opened = openHold(judged, holds);
  const [approval, left] = await cancellations.during(judged, async (cancelled) => {
    const leaving = AbortSignal.any([exchange.gone, cancelled]);
    return [await waitForPeople(exchange, judged.call, opened, holds, leaving), leaving.aborted] as const;
  });
  const known = { approvalId: approval.id };
  if (left) {
    exchange.res.destroy();
    return outcome({ kind: "abandoned", code: "client_gone", ...known });
  }
  if (approval.state === "approved") return outcome({ kind: "resumed", ...known });
  if (approval.state === "held")
    return outcome({ kind: "held", status: tellPending(exchange, judged, approval, clock), ...known });
  const refusal = refusalOf(approval);
  const told = {
    ...pendingTold(judged, approval, clock),
    outcome: "deny" as const,
    code: refusal.code,
    status: refusal.status,
  };
  const status = tell(exchange, { ...told, sentence: refusal.sentence, reasons: [], retryable: false }, {});
  return outcome({ kind: "refused", status, code: refusal.code, ...known });
}

function openHold({ call, subject, facts, decision, decisionId }: Judged, holds: Holds): Approval {
  if (decision.approval === null)
    throw new Refusal("policy_shape", { detail: "a hold without an approval requirement" });
  return holds.open({
    binding: actionBinding(call, subject, { ...facts, instance: facts.gateway.instance }),
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
function cardContext({ call, subject, facts }: Pick<Judged, "call" | "subject" | "facts">): JsonObject {
  return {
    agent: { id: subject.id, issuer: subject.issuer, client_id: subject.clientId, roles: subject.roles },
    acting_for: subject.actingFor === null ? null : { id: subject.actingFor.id },
    purpose: { text: facts.intent.purpose, declared_by: facts.intent.declared_by },
    stated_intent: call.statedIntent,
    task: facts.task === null ? null : { ...facts.task },
    session: { ...facts.session, history: facts.session.history.map((entry) => ({ ...entry })) },
    catalog: { ...facts.catalog },
    protocol: call.route.protocol,
  };
}

function pendingTold(judged: Judged, approval: Approval, clock: Clock): Told {
  const left = Math.max(1, Math.ceil((approval.approve_by - clock.now()) / 1_000));
  return {
    outcome: "pending",
    code: "approval_pending",
    status: judged.call.route.hold.status,
    sentence: approval.reasons.map((reason) => reason.message).join("; "),
    reasons: approval.reasons.map(({ code, message, rule }) => ({ code, message, rule })),
    retryable: true,
    executed: false,
    decisionId: judged.decisionId,
    approval: { id: approval.id, expiresAt: approval.approve_by, retryAfterS: Math.min(5, left) },
  };
}

function tellPending(exchange: Exchange, judged: Judged, approval: Approval, clock: Clock): number | null {
  const told = pendingTold(judged, approval, clock);
  const { route, preferWait } = judged.call;
  if (route.protocol === "mcp") return tell(exchange, told, {});
  const applied =
    preferWait === null ? {} : { "Preference-Applied": preferWait === 0 ? "respond-async" : `wait=${preferWait}` };
  return tellHeld(exchange.res, told, route.hold.status, applied);
}

function refusalOf(approval: Approval): Refusal {
  const reason = approval.votes.findLast((vote) => vote.vote === "deny")?.reason;
  switch (approval.state) {
    case "denied":
      return new Refusal("approval_denied", reason === null || reason === undefined ? {} : { hint: reason });
    case "expired":
      return new Refusal("approval_expired");
    case "released":
    case "delivered":
    case "failed":
    case "unknown":
      return new Refusal("approval_consumed");
    default:
      return new Refusal("approval_cancelled", approval.outcome === null ? {} : { hint: approval.outcome });
  }
}
