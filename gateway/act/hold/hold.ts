import { cardContext } from "../../domain/approval/card-context.ts";
import { type Approval, openStates, policyChange } from "../../domain/approval.ts";
import { outcome, type Outcome } from "../../domain/decision-record.ts";
import type { ApprovalRequirement } from "../../domain/decision.ts";
import { Refusal } from "../../domain/errors.ts";
import type { EvaluatedCall, Exchange } from "../../domain/exchange.ts";
import type { Facts } from "../../domain/facts.ts";
import type { Clock, HeldTasks, Holds, UnderWay } from "../../domain/ports.ts";
import { notBegun, RevocableCall } from "../../domain/revocation.ts";
import { errorOfEnded, errorOfPending } from "../respond/refusal-wording.ts";
import { refuse, respond } from "../respond/refuse.ts";
import { respondHeld } from "../respond/http.ts";
import { writeMcp } from "../respond/mcp.ts";
import { saveOutcomeBeforeRefusal } from "../outcome-before-answer.ts";
import { bindingOf } from "../../domain/binding.ts";
import type { ApprovalPages } from "./approval-pages.ts";
import { type Cancellations, type Opened, preferenceApplied, waitForPeople } from "./wait.ts";

interface HoldDeps {
  readonly holds: Holds;
  readonly cancellations: Cancellations;
  readonly clock: Clock;
  readonly tasks: HeldTasks;
  readonly underWay: Pick<UnderWay, "endedSince">;
  readonly pages: Pick<ApprovalPages, "answer" | "completed">;
}

/**
 * Holds a call: durable first, then the caller gets a task to ask about, or waits as its protocol allows. When people
 * approve while it waits, the outcome is `resumed` and the call goes through the whole path again; a caller that has left
 * is never executed for.
 */
export async function hold(exchange: Exchange, evaluated: EvaluatedCall, deps: HoldDeps): Promise<Outcome> {
  // From here on the caller may call it off, also while the question is being written.
  return deps.cancellations.during(evaluated, async (cancelled) => {
    const closed = await closedPage(evaluated, deps.holds);
    if (closed !== null)
      return respondApprovalEnded(exchange, evaluated, closed, { Location: `/approvals/${closed.id}` });
    const opened = await openedFor(exchange, evaluated, deps);
    if ("kind" in opened) return opened;
    const approval = await waiting(exchange, evaluated, { ...opened, cancelled }, deps);
    const known = { approvalId: approval.id };
    if (exchange.connection.aborted || cancelled.aborted) {
      exchange.res.destroy();
      return outcome({ kind: "abandoned", code: "client_gone", ...known });
    }
    if (approval.state === "approved") return outcome({ kind: "resumed", ...known });
    const saving = saveOutcomeBeforeRefusal(exchange, approval.state === "held" ? "held" : "refused");
    if (saving !== null) await saving;
    if (approval.state === "held")
      return outcome({ kind: "held", status: respondPending(exchange, evaluated, approval, deps.clock), ...known });
    return respondApprovalEnded(exchange, evaluated, approval);
  });
}

function respondApprovalEnded(
  exchange: Exchange,
  { decisionId }: EvaluatedCall,
  approval: Approval,
  headers: Readonly<Record<string, string>> = {},
): Outcome {
  const error = errorOfEnded(approval, decisionId);
  const { id: approvalId, ended_by: endedBy } = approval;
  const end = endedBy === undefined ? {} : { endedBy };
  return outcome({ kind: "refused", status: respond(exchange, error, headers), code: error.code, approvalId, ...end });
}

/**
 * The approval of the page that this round comes after, where it is over; null while it is open. Were the round held anew, whoever sends
 * it again would have people asked again each time. Where a changed call was asked about anew in its place, that question counts while
 * it is open.
 */
async function closedPage({ call, facts }: EvaluatedCall, holds: Pick<Holds, "get">): Promise<Approval | null> {
  const approval = call.afterPage === undefined ? null : await holds.get(call.afterPage);
  if (approval === null || openStates.includes(approval.state)) return null;
  const isAskedAbout = facts.approval.status === "pending" || facts.drift !== null;
  return approval.state === "drifted" && isAskedAbout ? null : approval;
}

/** What is open for the call now: of the item, which is large, only what the wait needs; or the outcome, with a task. */
async function openedFor(
  exchange: Exchange,
  evaluated: EvaluatedCall,
  { holds, tasks, underWay, pages, clock }: HoldDeps,
): Promise<Outcome | Opened> {
  const approval = await openHold(evaluated, holds);
  const { id, requirement } = approval;
  const { subject, call, facts } = evaluated;
  const what = new RevocableCall(subject, call, facts.session, facts.task);
  const endedBy = underWay.endedSince({ what, since: exchange.context.startedAt });
  // What ended while the question was written did not find it.
  if (endedBy !== null) {
    await holds.withdraw(id, endedBy);
    return { ...refuse(exchange, notBegun(endedBy)), approvalId: id, endedBy };
  }
  const task = await tasks.hold(exchange, evaluated, approval);
  if (task !== null) return task;
  const pendingError = () => errorOfPending(approval, call.route.hold.status, evaluated.decisionId, clock);
  const page = approval.state === "held" ? pages.answer(exchange, evaluated, approval, pendingError) : null;
  if (page === null) return { id, summary: requirement.summary };
  const leftMs = Math.max(0, approval.approve_by - clock.now());
  void pages.completed(evaluated, id, () => holds.settled(id, leftMs, holds.draining));
  return outcome({ kind: "held", status: writeMcp(exchange.res, page, 200, evaluated.decisionId), approvalId: id });
}

/** The item after the wait. */
async function waiting(
  exchange: Exchange,
  evaluated: EvaluatedCall,
  { cancelled, ...opened }: Opened & { readonly cancelled: AbortSignal },
  { holds, clock }: HoldDeps,
): Promise<Approval> {
  const stop = AbortSignal.any([exchange.connection.signal, cancelled, holds.draining]);
  const approval = await waitForPeople(exchange, evaluated.call, opened, { holds, clock, stop });
  if (isCalledOff(exchange, evaluated, cancelled) && evaluated.call.route.hold.onCancel === "withdraw")
    await holds.withdraw(approval.id, "its caller called the request off");
  return approval;
}

/** In the stateless era a closed stream means just that (MCP 2026-07-28, cancellation); before, it means nothing. */
function isCalledOff({ connection }: Exchange, { call }: EvaluatedCall, cancelled: AbortSignal): boolean {
  return cancelled.aborted || (call.mcp?.era === "modern" && connection.aborted);
}

function respondPending(exchange: Exchange, evaluated: EvaluatedCall, approval: Approval, clock: Clock): number | null {
  const { route } = evaluated.call;
  const error = errorOfPending(approval, route.hold.status, evaluated.decisionId, clock);
  if (route.protocol === "mcp") return respond(exchange, error, {});
  return respondHeld(exchange.res, error, route.hold.status, preferenceApplied(evaluated.call));
}

/** The question to people about this call, on disk when it returns; the one that is open for it already, when there is one. */
async function openHold(evaluated: EvaluatedCall, holds: Holds): Promise<Approval> {
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
    replaces: await replaced(facts, decision.approval, holds),
  });
}

/** The earlier item that no longer answers: the call has changed under it, or policy asks for more than it gave. */
async function replaced(facts: Facts, requirement: ApprovalRequirement, holds: Holds): Promise<Approval["replaces"]> {
  if (facts.drift !== null) return facts.drift;
  const { id, status, grant } = facts.approval;
  if (status !== "approved" || id === null || grant !== null) return null;
  const before = await holds.get(id);
  return before === null ? null : { id, changes: policyChange(before.requirement, requirement) };
}
