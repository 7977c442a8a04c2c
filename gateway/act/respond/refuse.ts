import { type Decision, gatewayDecision } from "../../domain/decision.ts";
import { type ErrorCode, Refusal } from "../../domain/errors.ts";
import type { EvaluatedCall, Exchange } from "../../domain/exchange.ts";
import { outcome, type Outcome } from "../../domain/decision-record.ts";
import { respondHttp, respondOnEventStream } from "./http.ts";
import { respondMcp, unknownAnswer, writeMcp } from "./mcp.ts";
import { type CallerError, errorOfDecision, errorOfRefusal } from "./refusal-wording.ts";

/** Tells a caller that its call was not forwarded, in the shape of its protocol. All refusals are answered here. */
export function refuse(exchange: Exchange, refusal: Refusal): Outcome {
  const error = errorOfRefusal(refusal, exchange.context.decisionId);
  const status = respond(exchange, error, challenge(refusal));
  return outcome({ kind: "refused", status, code: refusal.code });
}

/** Tells a caller that its message of MCP is about what does not exist. */
export function refuseHidden({ res, context }: Exchange, { call, decisionId }: EvaluatedCall): Outcome {
  const { rpc } = context;
  if (rpc === null) throw new Refusal("internal", { detail: "only items of MCP servers are hidden" });
  const status = writeMcp(res, unknownAnswer(rpc, call), 200, decisionId);
  return outcome({ kind: "refused", status, code: "policy_denied" });
}

export function refuseDecision(exchange: Exchange, evaluated: EvaluatedCall): Outcome {
  const { decision } = evaluated;
  const code: ErrorCode = decision.indeterminate ?? "policy_denied";
  const status = respond(exchange, errorOfDecision(decision, evaluated), {});
  return outcome({ kind: "refused", status, code });
}

/** An answer already under way cannot be taken back: the connection is cut, so that nobody takes half of it for the whole. */
export function respond(
  exchange: Exchange,
  error: CallerError,
  extra: Readonly<Record<string, string>>,
): number | null {
  const { res, context } = exchange;
  const isMcp = context.route?.protocol === "mcp";
  if (res.writableEnded || res.destroyed) return null;
  if (res.headersSent && !(isMcp && context.rpc !== null && exchange.eventStreamOpen)) {
    res.destroy();
    return null;
  }
  if (!isMcp) return respondHttp(res, error, extra);
  return respondMcp(res, error, context.rpc, { extra, asError: waitsForTask(exchange) });
}

/**
 * Tells the caller of a stream that access has ended, as its last event where one may follow what has passed; a stream of messages
 * that answers no request gets an error without an id. Else as any other refusal.
 */
export function respondEnded(exchange: Exchange, error: CallerError, mayFollow: boolean): number | null {
  const { res, context } = exchange;
  if (!mayFollow || !res.headersSent || res.writableEnded || res.destroyed) return respond(exchange, error, {});
  if (context.route?.protocol !== "mcp") return respondOnEventStream(res, error);
  return respondMcp(res, error, context.rpc, { asError: waitsForTask(exchange) });
}

/** Who asked for a task (MCP 2025-11-25) reads the answer as one; a call that became a task is answered as the call itself. */
function waitsForTask({ context, task }: Exchange): boolean {
  return task === undefined && context.call?.mcp?.tasks?.kind === "augmented";
}

/** RFC 6750 §3: which scheme, and what was wrong with the token. */
function challenge(refusal: Refusal): Record<string, string> {
  if (refusal.status !== 401) return { ...refusal.headers };
  const error =
    refusal.code === "credential_missing" ? "" : `, error="invalid_token", error_description="${refusal.code}"`;
  return { "WWW-Authenticate": `Bearer realm="sallyport"${error}`, ...refusal.headers };
}

/** A refusal as a decision, so that it is recorded like any other. */
export function decisionOf(refusal: Refusal): Decision {
  const { code, sentence: message, detail } = refusal;
  return gatewayDecision({ effect: "deny", code, message, severity: "medium", indeterminate: code, detail });
}
