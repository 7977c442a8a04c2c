import { asRefusal, Refusal } from "../domain/errors.ts";
import type { EvaluatedCall, Exchange } from "../domain/exchange.ts";
import { type Outcome, outcome } from "../domain/decision-record.ts";
import type {
  CallLimits,
  Credentials,
  Holds,
  Logger,
  Clock,
  DefinitionLedger,
  HeldTasks,
  LeaseLedger,
  ObservedCall,
  ProvenanceLedger,
  SessionLedger,
  TaskTexts,
  UnderWay,
} from "../domain/ports.ts";
import { taskTextKey } from "../domain/session-key.ts";
import { clientKey, type SaidTaskText } from "../domain/task-text.ts";
import type { RequestIds } from "./forward/request-ids.ts";
import type { KeptResults } from "./kept/kept-results.ts";
import { assertMirroredParams } from "./mirrored-params.ts";
import type { FindKinds } from "../domain/detections.ts";
import type { ResultPhase } from "./results/result-phase.ts";
import { isSaid } from "./results/remembered.ts";
import { UnreadAnswers } from "./results/unread-answers.ts";
import { saveOutcomeBeforeRefusal } from "./outcome-before-answer.ts";
import type { Injection } from "./credentials/injection.ts";
import { makeInjection } from "./credentials/make.ts";
import { after, type Awaitable } from "../lib/awaitable.ts";
import { fulfil } from "./obligations.ts";
import type { Cancellations } from "./hold/wait.ts";
import { type FulfilledCall, type SendInjected, sendFulfilled } from "./send-fulfilled.ts";
import type { AnswerHidden } from "./hidden/decoy-request.ts";
import { hold } from "./hold/hold.ts";
import type { ApprovalPages } from "./hold/approval-pages.ts";
import { withinTask } from "./within-task.ts";
import { answerRepeated, usedUp } from "./kept/repeated.ts";
import { refuse, refuseDecision, refuseHidden } from "./respond/refuse.ts";
import type { Visibility } from "./results/list-filter.ts";
import type { ServerRequests } from "./server-requests/server-requests.ts";

export interface ActDeps {
  readonly holds: Holds;
  readonly sessions: SessionLedger;
  readonly leases: Pick<LeaseLedger, "take">;
  readonly taskTexts: Pick<TaskTexts, "extend">;
  readonly results: ResultPhase;
  readonly provenance: Pick<ProvenanceLedger, "notSent">;
  readonly definitions: DefinitionLedger;
  readonly visibility: Visibility;
  readonly serverRequests: ServerRequests;
  readonly pages: ApprovalPages;
  readonly cancellations: Cancellations;
  readonly answers: { readonly ids: Pick<RequestIds, "assertFree"> };
  readonly limits: CallLimits;
  readonly tasks: HeldTasks;
  readonly underWay: Pick<UnderWay, "endedSince">;
  readonly kept: KeptResults;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly find: FindKinds;
  readonly credentials: Credentials;
}

/** Sends an allowed call to its tool server, as its kind of call goes. */
export type Send<By> = (exchange: Exchange, evaluated: EvaluatedCall, injection: Injection, by: By) => Promise<Outcome>;

/** Carries out a recorded decision: forward, hold or refuse. Never throws; a fault here is a refusal with an outcome. */
export function createAct<By>(
  deps: ActDeps,
  send: Send<By>,
  answerHidden: AnswerHidden<By> | null = null,
): (exchange: Exchange, evaluated: EvaluatedCall, by: By) => Promise<Outcome> {
  const { definitions, logger } = deps;
  const unread = new UnreadAnswers(logger);
  return async function act(exchange, evaluated, by) {
    const observed = observe(deps, exchange, evaluated);
    const result = await perform(exchange, evaluated, by);
    warnOfEcho(logger, evaluated, result);
    unread.warn(evaluated, result);
    await observed?.ended(result.kind)?.catch((thrown: unknown) => logHistoryFailure(logger, evaluated, thrown));
    return result;
  };

  async function perform(exchange: Exchange, evaluated: EvaluatedCall, by: By): Promise<Outcome> {
    const { call, decision } = evaluated;
    try {
      if (exchange.observed?.noted) await awaitHistory(logger, evaluated, exchange.observed.noted);
      if (exchange.taskText !== undefined) await keepTaskText(deps, evaluated, exchange.taskText);
      if (decision.effect !== "allow") await notAllowed(deps, evaluated);
      if (decision.effect === "deny")
        return await denied(deps, exchange, evaluated, () => answerHidden?.(exchange, evaluated, by));
      if (call.unfit !== undefined) throw call.unfit.refusal;
      if (call.mcp !== null) await assertMirroredParams(call, definitions);
      const looking = usedUp(exchange, evaluated, deps);
      const used = looking instanceof Promise ? await looking : looking;
      // Looked at with no wait before the result is taken: of many repeats at once, one is given it.
      const isKept = used !== null && (used === evaluated.facts.repeats || deps.kept.has(used));
      if (isKept) return await answerRepeated(exchange, evaluated, used, deps);
      deps.answers.ids.assertFree(evaluated);
      if (decision.effect === "hold") return await hold(exchange, evaluated, deps);
      const sent = (injection: Injection) => send(exchange, evaluated, injection, by);
      if (evaluated.facts.task === null) return await allow(deps, exchange, evaluated, sent);
      return await allowWithinTask(deps, exchange, evaluated, sent);
    } catch (thrown) {
      return refuseFault(logger, exchange, evaluated, thrown);
    }
  }
}

/** Null for what is in no history. Whoever answers finds it at the exchange. */
function observe({ sessions, clock }: ActDeps, exchange: Exchange, evaluated: EvaluatedCall): ObservedCall | null {
  const observed = evaluated.call.resourceType === "tool" ? sessions.observe(evaluated, clock.now()) : null;
  exchange.observed = observed;
  return observed;
}

/** A denied call is denied in any case, and its caller is told why. @throws Refusal store_unavailable for any other */
async function awaitHistory(logger: Logger, evaluated: EvaluatedCall, noted: Promise<void>): Promise<void> {
  try {
    await noted;
  } catch (thrown) {
    if (evaluated.decision.effect !== "deny") throw thrown;
    const { detail } = asRefusal(thrown);
    logger.error("a denied call is not in the history of its session", { decision_id: evaluated.decisionId, detail });
  }
}

function refuseFault(
  logger: Logger,
  exchange: Exchange,
  { decisionId }: EvaluatedCall,
  thrown: unknown,
): Awaitable<Outcome> {
  const refusal = asRefusal(thrown);
  if (refusal.code === "internal")
    logger.error("acting on a decision failed", { decision_id: decisionId, detail: refusal.detail });
  return after(saveOutcomeBeforeRefusal(exchange, "refused"), () => refuse(exchange, refusal));
}

/** The caller has its answer. The history lacks what came of the call, and has the call. */
function logHistoryFailure(logger: Logger, { decisionId }: EvaluatedCall, thrown: unknown): void {
  const { detail } = asRefusal(thrown);
  logger.error("what came of a call is not in the history of its session", { decision_id: decisionId, detail });
}

/** `answerHidden`: null where the gateway's own words for what does not exist are right. */
async function denied(
  { visibility }: ActDeps,
  exchange: Exchange,
  evaluated: EvaluatedCall,
  answerHidden: () => Promise<Outcome | null> | undefined,
): Promise<Outcome> {
  const { decision } = evaluated;
  const isHidden = exchange.context.rpc !== null && decision.indeterminate === null && !visibility.ofCall(evaluated);
  if (!isHidden) return refuseDecision(exchange, evaluated);
  return (await answerHidden()) ?? refuseHidden(exchange, evaluated);
}

/** Before a call is held or refused. @throws Refusal as `refuseAnswer` */
async function notAllowed(deps: ActDeps, evaluated: EvaluatedCall): Promise<void> {
  if (evaluated.call.mcp?.kind === "response") refuseAnswer(deps, evaluated);
  if (!isSaid(evaluated)) return;
  try {
    await deps.provenance.notSent(evaluated);
  } catch (thrown) {
    // The call does not leave in any case, and whoever made it is told why it was not allowed.
    const { detail } = asRefusal(thrown);
    deps.logger.error("what a call says was not noted", { decision_id: evaluated.decisionId, detail });
  }
}

/**
 * The tool server that waits for the answer is told that none comes. People are not asked about an answer: see `actOnServerRequest`.
 * @throws Refusal server_request_unknown, server_request_held
 */
function refuseAnswer({ serverRequests }: ActDeps, evaluated: EvaluatedCall): void {
  const { effect, indeterminate } = evaluated.decision;
  const code = effect === "hold" ? "server_request_held" : (indeterminate ?? "server_request_denied");
  serverRequests.passed.take(evaluated).refuse(new Refusal(code), evaluated.decisionId);
  if (effect === "hold") throw new Refusal(code);
}

function warnOfEcho(logger: Logger, { decisionId, call }: EvaluatedCall, { credentials: used }: Outcome): void {
  if (used === null || used.removed === 0) return;
  const { names, removed } = used;
  logger.warn("the tool server sent a credential back; it was removed from the answer", {
    decision_id: decisionId,
    route: call.route.id,
    credentials: names.join(", "),
    removed,
  });
}

/** Whatever becomes of the call: it is what a person said. The record of the decision has its digest. */
async function keepTaskText(
  { taskTexts, clock }: ActDeps,
  evaluated: EvaluatedCall,
  said: SaidTaskText,
): Promise<void> {
  const { subject, facts } = evaluated;
  const added = { key: taskTextKey(subject, facts.session), by: clientKey(subject), text: said.text };
  await taskTexts.extend(added, clock.now());
}

function allowWithinTask(deps: ActDeps, exchange: Exchange, evaluated: EvaluatedCall, send: SendInjected) {
  return withinTask(deps.leases, exchange, evaluated, (sending) =>
    allow(deps, exchange, evaluated, (injection) => {
      sending();
      return send(injection);
    }),
  );
}

function allow(deps: ActDeps, exchange: Exchange, evaluated: EvaluatedCall, send: SendInjected): Awaitable<Outcome> {
  const { approval } = evaluated.facts;
  // Nothing is executed for a caller that left, and no approval is used up for it.
  if (exchange.connection.aborted) return outcome({ kind: "abandoned", code: "client_gone", approvalId: approval.id });
  deps.cancellations.observe(evaluated);
  return after(fulfilOrRepeat(deps, exchange, evaluated), (fulfilled) =>
    fulfilled === null
      ? answerRepeated(exchange, evaluated, approval.id ?? "", deps)
      : sendFulfilled(deps, exchange, evaluated, fulfilled, send),
  );
}

/** Null when another try of the same call used the approval up between judging and now, and its result is kept. */
function fulfilOrRepeat(deps: ActDeps, exchange: Exchange, evaluated: EvaluatedCall): Awaitable<FulfilledCall | null> {
  const { holds, sessions, limits, find, credentials, kept } = deps;
  const executed = kept.expect(exchange, evaluated);
  const failed = (thrown: unknown): null => {
    executed();
    const { id, grant } = evaluated.facts.approval;
    const lost = asRefusal(thrown).code === "approval_consumed" && grant === null;
    if (lost && id !== null && kept.has(id)) return null;
    throw thrown;
  };
  try {
    const obligationDeps = { holds, sessions, limits, find, inject: makeInjection(credentials, exchange) };
    const fulfilling = fulfil(evaluated, obligationDeps);
    if (!(fulfilling instanceof Promise)) return { ...fulfilling, executed };
    return fulfilling.then((fulfilled) => ({ ...fulfilled, executed }), failed);
  } catch (thrown) {
    return failed(thrown);
  }
}
