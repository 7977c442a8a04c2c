import { hash } from "node:crypto";
import type { Decision } from "../domain/decision.ts";
import type { DecisionRecord } from "../domain/decision-record.ts";
import type { Trail } from "../domain/exchange.ts";
import { resourceId } from "../domain/tool-call.ts";
import { traceIdOf } from "../domain/trace-context.ts";
import type { Recordable } from "./recordable.ts";
import { mask, type Masked } from "./mask.ts";

export interface LineOptions {
  readonly instance: string;
  readonly environment: string;
  /** JSON pointers into the input that never reach the log. */
  readonly maskPointers: readonly string[];
}

export interface Instant {
  readonly timestamp: string;
  readonly monotonic_ms: number;
}

/** A decision record as the text of a JSON object, without its sequence number. */
export function decisionLine(exchange: Recordable, decision: Decision, at: Instant, options: LineOptions): string {
  const { trail, req } = exchange;
  const masked = maskedInput(trail, options.maskPointers);
  const record: Omit<DecisionRecord, "input" | "seq"> = {
    kind: "decision",
    decision_id: trail.decisionId,
    ...at,
    labels: { instance: options.instance, environment: options.environment },
    trace_id: traceIdOf(req.headers.traceparent),
    ...judgedBy(trail),
    path: "sallyport/main/decision",
    phase: "call",
    method: req.method ?? "",
    request_path: trail.call?.request.path ?? pathOf(req.url ?? ""),
    ...who(trail),
    ...what(trail),
    erased: masked?.erased ?? [],
    masked: [],
    result: {
      effect: decision.effect,
      reasons: decision.reasons,
      obligations: decision.obligations,
      doubt: decision.doubt,
      detail: decision.detail,
    },
    rules: decision.reasons.map((reason) => reason.rule),
    metrics: { fuel: decision.fuel, evaluation_us: decision.evaluationUs },
  };
  // The input's text was made once for the policy; it goes into the line as it is.
  const inputText = masked === null ? (trail.input?.text ?? "null") : JSON.stringify(masked.value);
  return `${JSON.stringify(record).slice(0, -1)},"input":${inputText}}`;
}

/** Without the query of a request that was never read: no mask could find the secrets in it. */
function pathOf(url: string): string {
  const end = url.search(/[?#]/);
  return url.slice(0, Math.min(2_048, end === -1 ? url.length : end));
}

function maskedInput({ input }: Trail, pointers: readonly string[]): Masked | null {
  return input === null || pointers.length === 0 ? null : mask({ ...input.document }, pointers);
}

function judgedBy({ facts, input }: Trail): Pick<DecisionRecord, "bundles" | "input_digest" | "approval_id"> {
  const { revision, digest } = facts?.policy ?? {};
  return {
    bundles: revision === undefined || digest === undefined ? {} : { sallyport: { revision, digest } },
    input_digest: input === null ? null : `sha256:${hash("sha256", input.text, "hex")}`,
    approval_id: facts?.approval.id ?? null,
  };
}

function who({ subject, facts }: Trail): Pick<DecisionRecord, "subject" | "acting_for" | "session" | "task"> {
  return {
    subject: subject?.id ?? null,
    acting_for: subject?.actingFor?.id ?? null,
    session: facts?.session.id ?? null,
    task: facts?.task?.id ?? null,
  };
}

function what({ route, call }: Trail): Pick<DecisionRecord, "protocol" | "route" | "action" | "tool" | "judged_digest"> {
  return {
    protocol: route?.protocol ?? null,
    route: route?.id ?? null,
    action: call?.action ?? null,
    tool: call === null ? null : resourceId(call),
    judged_digest: call?.request.digest ?? null,
  };
}
