import type { Decision } from "../../domain/decision.ts";
import { type ErrorCode, type Refusal } from "../../domain/errors.ts";
import type { Exchange } from "../../domain/exchange.ts";
import type { Judged } from "../../domain/judged.ts";
import { outcome, type Outcome } from "../../domain/outcome.ts";
import { tellHttp } from "./tell-http.ts";
import { tellMcp, unknownToolAnswer, writeMcp } from "./tell-mcp.ts";
import { type Told, toldOfDecision, toldOfRefusal } from "./told.ts";

/** Tells a caller that its call was not forwarded, in the shape of its protocol. The one mouth for refusals. */
export function refuse(exchange: Exchange, refusal: Refusal): Outcome {
  const told = toldOfRefusal(refusal, exchange.trail.decisionId);
  const status = tell(exchange, told, challenge(refusal));
  return outcome({ kind: "refused", status, code: refusal.code });
}

export interface RefuseDecisionOptions {
  /** May this caller know that the tool exists? */
  readonly visible: (judged: Judged) => boolean;
}

export function refuseDecision(exchange: Exchange, judged: Judged, { visible }: RefuseDecisionOptions): Outcome {
  const { decision, call } = judged;
  const code: ErrorCode = decision.doubt ?? "policy_denied";
  const { rpc } = exchange.trail;
  if (rpc !== null && call.action === "tools/call" && decision.doubt === null && !visible(judged)) {
    const status = writeMcp(exchange.res, unknownToolAnswer(rpc, call.name), 200, judged.decisionId);
    return outcome({ kind: "refused", status, code });
  }
  const status = tell(exchange, toldOfDecision(decision, judged), {});
  return outcome({ kind: "refused", status, code });
}

/** An answer already under way cannot be taken back: the connection is cut, so that nobody takes half of it for the whole. */
export function tell(exchange: Exchange, told: Told, extra: Readonly<Record<string, string>>): number | null {
  const { res, trail } = exchange;
  const isMcp = trail.route?.protocol === "mcp";
  if (res.writableEnded || res.destroyed) return null;
  if (res.headersSent && !(isMcp && trail.rpc !== null && exchange.eventStreamOpen)) {
    res.destroy();
    return null;
  }
  if (!isMcp) return tellHttp(res, told, extra);
  return tellMcp(res, told, trail.rpc, { extra, asError: waitsForTask(exchange) });
}

/** Who asked for a task (MCP 2025-11-25) reads the answer as one; a call that became a task is answered as the call itself. */
function waitsForTask({ trail, task }: Exchange): boolean {
  return task === undefined && trail.call?.mcp?.tasks?.kind === "augmented";
}

/** RFC 6750 §3: which scheme, and what was wrong with the token. */
function challenge(refusal: Refusal): Record<string, string> {
  if (refusal.status === 405 && refusal.hint?.startsWith("allowed: ") === true)
    return { Allow: refusal.hint.slice("allowed: ".length) };
  if (refusal.status !== 401) return { ...refusal.headers };
  const error =
    refusal.code === "credential_missing" ? "" : `, error="invalid_token", error_description="${refusal.code}"`;
  return { "WWW-Authenticate": `Bearer realm="sallyport"${error}`, ...refusal.headers };
}

/** A refusal as a decision, so that it is recorded like any other. */
export function decisionOf(refusal: Refusal): Decision {
  return {
    effect: "deny",
    reasons: [{ code: refusal.code, message: refusal.sentence, rule: "gateway", severity: "medium", controls: [] }],
    obligations: [],
    approval: null,
    risk: null,
    doubt: refusal.code,
    detail: refusal.detail,
    fuel: null,
    evaluationUs: null,
  };
}
