import { noOutcome } from "../domain/approval.ts";
import { asRefusal } from "../domain/errors.ts";
import type { EvaluatedCall, Exchange } from "../domain/exchange.ts";
import { outcome, type Outcome } from "../domain/decision-record.ts";
import type { Clock, DefinitionLedger, Holds, Logger, SessionLedger, Tasks } from "../domain/ports.ts";
import { resourceId } from "../domain/tool-call.ts";
import { keyedByGrant } from "./hold/bound.ts";
import type { McpAnswers } from "./results/mcp-answers.ts";
import type { Cancellations } from "./hold/cancellations.ts";
import type { Credential } from "./forward/credentials.ts";
import { forward } from "./forward/forward.ts";
import { hold } from "./hold/hold.ts";
import type { KeptResults } from "./kept/kept-results.ts";
import { answerRepeated, usedUp } from "./kept/repeated.ts";
import type { ResultCapture } from "./kept/result-capture.ts";
import { forwardMcp } from "./forward/forward-mcp.ts";
import { assertMirroredParams } from "./forward/mirrored-params.ts";
import { carryOut } from "./obligations/carry-out.ts";
import type { CallWindows } from "./obligations/limit-calls.ts";
import { refuse, refuseDecision } from "./respond/refuse.ts";
import type { Upstreams } from "./forward/upstreams.ts";
import type { Visibility } from "./respond/visibility.ts";

export interface ActOptions {
  readonly upstreams: Upstreams;
  readonly holds: Holds;
  readonly sessions: SessionLedger;
  readonly definitions: DefinitionLedger;
  readonly visibility: Visibility;
  readonly answers: McpAnswers;
  readonly cancellations: Cancellations;
  readonly windows: CallWindows;
  readonly tasks: Tasks;
  readonly kept: KeptResults;
  readonly clock: Clock;
  readonly logger: Logger;
  /** By id, for obligations; and the one a route always sends. */
  readonly credential: (id: string) => Credential | null;
  readonly routeCredential: (routeId: string) => Credential | null;
}

/** Carries out a recorded decision: forward, hold or refuse. Never throws; a fault here is a refusal with an outcome. */
export function createAct(options: ActOptions): (exchange: Exchange, evaluated: EvaluatedCall) => Promise<Outcome> {
  const { sessions, definitions, visibility, clock, logger } = options;
  return async function act(exchange, evaluated) {
    try {
      if (evaluated.call.resourceType === "tool") sessions.observe(evaluated, clock.now());
      if (evaluated.decision.effect !== "deny") assertMirroredParams(evaluated.call, definitions);
      if (evaluated.decision.effect === "deny")
        return refuseDecision(exchange, evaluated, { visible: visibility.ofCall });
      const used = usedUp(exchange, evaluated, options);
      if (used !== null) return await answerRepeated(exchange, evaluated, used, options);
      if (evaluated.decision.effect === "hold") return await hold(exchange, evaluated, options);
      return await allow(options, exchange, evaluated);
    } catch (thrown) {
      const refusal = asRefusal(thrown);
      if (refusal.code === "internal")
        logger.error("acting on a decision failed", { decision_id: evaluated.decisionId, detail: refusal.detail });
      return refuse(exchange, refusal);
    }
  };
}

function allow(options: ActOptions, exchange: Exchange, evaluated: EvaluatedCall): Outcome | Promise<Outcome> {
  const { routeCredential, cancellations, tasks, holds } = options;
  // Nothing is executed for a caller that left, and no approval is used up for it.
  if (exchange.connection.aborted)
    return outcome({ kind: "abandoned", code: "client_gone", approvalId: evaluated.facts.approval.id });
  cancellations.observe(evaluated);
  const own = routeCredential(evaluated.call.route.id);
  const headers = own === null ? [] : [own.header, own.value];
  const obligations = carriedOut(options, evaluated, headers);
  if (obligations === null) return answerRepeated(exchange, evaluated, evaluated.facts.approval.id ?? "", options);
  const carry = (): Promise<Outcome> =>
    evaluated.call.resourceType === "task"
      ? tasks.answer(exchange, evaluated)
      : tasks.forward(exchange, evaluated, (to) =>
          finishRelease(options, to, evaluated, (capture) => forwarded(options, to, evaluated, { headers, capture })),
        );
  const keyed = keyedByGrant(evaluated);
  return obligations.length === 0 && keyed === null
    ? carry()
    : withDuties(carry, obligations, () => {
        if (keyed !== null) holds.endKey(keyed);
      });
}

/** Null when another try of the same call used the approval up between judging and now, and its result is kept. */
function carriedOut(options: ActOptions, evaluated: EvaluatedCall, headers: string[]): readonly string[] | null {
  try {
    return carryOut(evaluated, { ...options, headers });
  } catch (thrown) {
    const { id, grant } = evaluated.facts.approval;
    const lost = asRefusal(thrown).code === "approval_consumed" && grant === null;
    if (lost && id !== null && options.kept.has(id)) return null;
    throw thrown;
  }
}

async function withDuties(
  carry: () => Promise<Outcome>,
  obligations: readonly string[],
  end: () => void,
): Promise<Outcome> {
  try {
    return { ...(await carry()), obligations };
  } finally {
    end();
  }
}

function forwarded(
  { upstreams, answers }: ActOptions,
  exchange: Exchange,
  evaluated: EvaluatedCall,
  { headers, capture }: { readonly headers: readonly string[]; readonly capture: ResultCapture | null },
): Promise<Outcome> {
  // The answer to a task's call is read where it is kept.
  return evaluated.call.mcp === null || exchange.answerSink !== undefined
    ? forward(upstreams, exchange, evaluated, headers, capture)
    : forwardMcp(upstreams, exchange, evaluated, headers, { answers, capture });
}

function finishRelease(
  options: ActOptions,
  exchange: Exchange,
  evaluated: EvaluatedCall,
  send: (capture: ResultCapture | null) => Promise<Outcome>,
): Promise<Outcome> {
  const { id, status } = evaluated.facts.approval;
  if (status !== "approved" || id === null) return send(null);
  return finished(options, evaluated, id, options.kept.during(exchange, evaluated, id, send));
}

/** A consumed approval gets its ending, whatever happens after the compare-and-set. */
async function finished(
  { holds, logger }: ActOptions,
  evaluated: EvaluatedCall,
  id: string,
  forwarding: Promise<Outcome>,
): Promise<Outcome> {
  const release = { revision: evaluated.facts.policy.revision, decisionId: evaluated.decisionId };
  try {
    const result = await forwarding;
    const state = endOf(result);
    if (state === "unknown")
      logger.error(noOutcome, { approval_id: id, tool: resourceId(evaluated.call), code: result.code });
    holds.finish(id, state, result.code ?? `status ${result.upstreamStatus}`, release);
    return result;
  } catch (thrown) {
    holds.finish(id, "failed", asRefusal(thrown).code, release);
    throw thrown;
  }
}

function endOf({ kind }: Outcome): "delivered" | "unknown" | "failed" {
  if (kind === "forwarded") return "delivered";
  return kind === "unknown" || kind === "abandoned" ? "unknown" : "failed";
}
