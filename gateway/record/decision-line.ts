import { hash } from "node:crypto";
import type { Decision } from "../domain/decision.ts";
import type { DecisionRecord } from "../domain/decision-record.ts";
import type { Trail } from "../domain/exchange.ts";
import type { JsonObject } from "../domain/json.ts";
import { resourceId } from "../domain/tool-call.ts";
import { traceIdOf } from "../domain/trace-context.ts";
import type { Recordable } from "./recordable.ts";
import { mask } from "./mask.ts";

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
  const input = keptInput(trail, options.maskPointers);
  const record: Omit<DecisionRecord, "input" | "seq"> = {
    kind: "decision",
    decision_id: trail.decisionId,
    ...at,
    labels: { instance: options.instance, environment: options.environment },
    trace_id: traceIdOf(req.headers.traceparent),
    ...judgedBy(trail),
    input_digest: `sha256:${hash("sha256", input.text, "hex")}`,
    path: "sallyport/main/decision",
    phase: "call",
    method: req.method ?? "",
    request_path: trail.call?.request.path ?? pathOf(req.url ?? ""),
    ...who(trail),
    ...what(trail),
    erased: input.erased,
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
  return `${JSON.stringify(record).slice(0, -1)},"input":${input.text}}`;
}

/** Without the query of a request that was never read: no mask could find the secrets in it. */
function pathOf(url: string): string {
  const end = url.search(/[?#]/);
  return url.slice(0, Math.min(2_048, end === -1 ? url.length : end));
}

/** The input as the record keeps it, masked where the configuration says so. */
function keptInput({ input }: Trail, pointers: readonly string[]): { text: string; erased: readonly string[] } {
  if (input === null) return { text: "null", erased: [] };
  const kept = input.forRecord();
  const erased = kept.erased.map((pointer) => `/input${pointer}`);
  if (pointers.length === 0) return { text: kept.text, erased };
  const masked = mask(JSON.parse(kept.text) as JsonObject, pointers);
  return { text: JSON.stringify(masked.value), erased: [...erased, ...masked.erased] };
}

function judgedBy({ facts }: Trail): Pick<DecisionRecord, "bundles" | "approval_id"> {
  const { revision, digest } = facts?.policy ?? {};
  return {
    bundles: revision === undefined || digest === undefined ? {} : { sallyport: { revision, digest } },
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

function what({
  route,
  call,
}: Trail): Pick<DecisionRecord, "protocol" | "route" | "action" | "tool" | "judged_digest"> {
  return {
    protocol: route?.protocol ?? null,
    route: route?.id ?? null,
    action: call?.action ?? null,
    tool: call === null ? null : resourceId(call),
    judged_digest: call?.request.digest ?? null,
  };
}
