import { noOutcome } from "../domain/approval.ts";
import { asRefusal } from "../domain/errors.ts";
import type { Exchange } from "../domain/exchange.ts";
import type { Judged } from "../domain/judged.ts";
import { outcome, type Outcome } from "../domain/outcome.ts";
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
export function createAct(options: ActOptions): (exchange: Exchange, judged: Judged) => Promise<Outcome> {
  const { sessions, definitions, visibility, clock, logger } = options;
  return async function act(exchange, judged) {
    try {
      if (judged.call.resourceType === "tool") sessions.observe(judged, clock.now());
      if (judged.decision.effect !== "deny") assertMirroredParams(judged.call, definitions);
      if (judged.decision.effect === "deny") return refuseDecision(exchange, judged, { visible: visibility.ofCall });
      const used = usedUp(exchange, judged, options);
      if (used !== null) return await answerRepeated(exchange, judged, used, options);
      if (judged.decision.effect === "hold") return await hold(exchange, judged, options);
      return await allow(options, exchange, judged);
    } catch (thrown) {
      const refusal = asRefusal(thrown);
      if (refusal.code === "internal")
        logger.error("acting on a decision failed", { decision_id: judged.decisionId, detail: refusal.detail });
      return refuse(exchange, refusal);
    }
  };
}

function allow(options: ActOptions, exchange: Exchange, judged: Judged): Outcome | Promise<Outcome> {
  const { routeCredential, cancellations, tasks, holds } = options;
  // Nothing is executed for a caller that left, and no approval is used up for it.
  if (exchange.gone.aborted)
    return outcome({ kind: "abandoned", code: "client_gone", approvalId: judged.facts.approval.id });
  cancellations.observe(judged);
  const own = routeCredential(judged.call.route.id);
  const headers = own === null ? [] : [own.header, own.value];
  const obligations = carriedOut(options, judged, headers);
  if (obligations === null) return answerRepeated(exchange, judged, judged.facts.approval.id ?? "", options);
  const carry = (): Promise<Outcome> =>
    judged.call.resourceType === "task"
      ? tasks.answer(exchange, judged)
      : tasks.forward(exchange, judged, (to) =>
          finishRelease(options, to, judged, (capture) => forwarded(options, to, judged, { headers, capture })),
        );
  const keyed = keyedByGrant(judged);
  return obligations.length === 0 && keyed === null
    ? carry()
    : withDuties(carry, obligations, () => {
        if (keyed !== null) holds.endKey(keyed);
      });
}

/** Null when another try of the same call used the approval up between judging and now, and its result is kept. */
function carriedOut(options: ActOptions, judged: Judged, headers: string[]): readonly string[] | null {
  try {
    return carryOut(judged, { ...options, headers });
  } catch (thrown) {
    const { id, grant } = judged.facts.approval;
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
  judged: Judged,
  { headers, capture }: { readonly headers: readonly string[]; readonly capture: ResultCapture | null },
): Promise<Outcome> {
  // The answer to a task's call is read where it is kept.
  return judged.call.mcp === null || exchange.answerSink !== undefined
    ? forward(upstreams, exchange, judged, headers, capture)
    : forwardMcp(upstreams, exchange, judged, headers, { answers, capture });
}

function finishRelease(
  options: ActOptions,
  exchange: Exchange,
  judged: Judged,
  send: (capture: ResultCapture | null) => Promise<Outcome>,
): Promise<Outcome> {
  const { id, status } = judged.facts.approval;
  if (status !== "approved" || id === null) return send(null);
  return finished(options, judged, id, options.kept.during(exchange, judged, id, send));
}

/** A consumed approval gets its ending, whatever happens after the compare-and-set. */
async function finished(
  { holds, logger }: ActOptions,
  judged: Judged,
  id: string,
  forwarding: Promise<Outcome>,
): Promise<Outcome> {
  const release = { revision: judged.facts.policy.revision, decisionId: judged.decisionId };
  try {
    const result = await forwarding;
    const state = endOf(result);
    if (state === "unknown")
      logger.error(noOutcome, { approval_id: id, tool: resourceId(judged.call), code: result.code });
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
