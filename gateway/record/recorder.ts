import { hash } from "node:crypto";
import type { Decision } from "../domain/decision.ts";
import type { DecisionRecord, OutcomeRecord } from "../domain/decision-record.ts";
import { Refusal } from "../domain/errors.ts";
import type { Exchange } from "../domain/exchange.ts";
import type { JsonValue } from "../domain/json.ts";
import type { Outcome } from "../domain/outcome.ts";
import type { Clock, Logger } from "../domain/ports.ts";
import type { LogWriter } from "./log-writer.ts";
import { mask } from "./mask.ts";
import type { Metrics } from "./metrics.ts";

export interface RecorderOptions {
  readonly writer: LogWriter;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly instance: string;
  readonly environment: string;
  /** JSON pointers into the input that never reach the log. */
  readonly maskPointers: readonly string[];
}

/** What a record needs of a request; also made for bytes that never became one. */
export interface Recordable extends Pick<Exchange, "trail" | "startedAt"> {
  readonly req: Pick<Exchange["req"], "method" | "url" | "headers">;
}

/** No record, no call: `act` runs only after the decision is written as durably as its route asks. */
export class Recorder {
  readonly #options: RecorderOptions;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /** @throws Refusal record_unavailable when the decision cannot be written; nothing was done then. */
  async recorded(exchange: Recordable, decision: Decision, act: () => Promise<Outcome>): Promise<Outcome> {
    const { metrics, clock } = this.#options;
    const route = exchange.trail.route?.id ?? "none";
    metrics.decided(route, decision);
    await this.#decided(exchange, decision);
    const outcome = await act();
    metrics.finished(route, outcome, clock.monotonic() - exchange.startedAt);
    if (!this.#options.writer.enqueue(this.#outcomeLine(exchange, outcome))) {
      this.#options.logger.error("an outcome could not be recorded", { decision_id: exchange.trail.decisionId });
    }
    return outcome;
  }

  async #decided(exchange: Recordable, decision: Decision): Promise<void> {
    const { writer } = this.#options;
    const line = this.#decisionLine(exchange, decision);
    if (exchange.trail.route?.durability === "buffered") {
      if (writer.enqueue(line)) return;
      throw new Refusal("record_unavailable", { detail: "the queue of buffered records is full" });
    }
    try {
      await writer.append(line);
    } catch (cause) {
      throw new Refusal("record_unavailable", { detail: String(cause), cause });
    }
  }

  #decisionLine(exchange: Recordable, decision: Decision): string {
    const { trail, req } = exchange;
    const { call, subject, facts, input, route } = trail;
    const { clock, instance, environment, maskPointers } = this.#options;
    const revision = facts?.policy;
    const masked = input === null || maskPointers.length === 0 ? null : mask({ ...input.document }, maskPointers);
    const record: Omit<DecisionRecord, "input" | "seq"> = {
      kind: "decision",
      decision_id: trail.decisionId,
      timestamp: new Date(clock.now()).toISOString(),
      monotonic_ms: clock.monotonic(),
      labels: { instance, environment },
      trace_id: traceId(req.headers.traceparent),
      bundles: revision === undefined ? {} : { sallyport: { revision: revision.revision, digest: revision.digest } },
      path: "sallyport/main/decision",
      phase: "call",
      protocol: route?.protocol ?? null,
      route: route?.id ?? null,
      method: req.method ?? "",
      request_path: call?.request.path ?? (req.url ?? "").slice(0, 2_048),
      subject: subject?.id ?? null,
      acting_for: subject?.actingFor?.id ?? null,
      session: facts?.session.id ?? null,
      task: facts?.task?.id ?? null,
      action: call?.action ?? null,
      tool: call === null ? null : `${call.route.server}/${call.name}`,
      input_digest: input === null ? null : `sha256:${hash("sha256", input.text, "hex")}`,
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
      judged_digest: call?.request.digest ?? null,
      approval_id: facts?.approval.id ?? null,
      metrics: { fuel: decision.fuel, evaluation_us: decision.evaluationUs },
    };
    return withInput(record, masked === null ? (input?.text ?? "null") : JSON.stringify(masked.value satisfies JsonValue));
  }

  #outcomeLine(exchange: Recordable, outcome: Outcome): string {
    const { clock } = this.#options;
    const record: Omit<OutcomeRecord, "seq"> = {
      kind: "outcome",
      decision_id: exchange.trail.decisionId,
      timestamp: new Date(clock.now()).toISOString(),
      monotonic_ms: clock.monotonic(),
      outcome: outcome.kind,
      status: outcome.status,
      code: outcome.code,
      upstream_status: outcome.upstreamStatus,
      forwarded_digest: outcome.forwardedDigest,
      response_digest: outcome.responseDigest,
      response_bytes: outcome.responseBytes,
      approval_id: outcome.approvalId,
      obligations: outcome.obligations,
      duration_ms: clock.monotonic() - exchange.startedAt,
    };
    return JSON.stringify(record);
  }
}

/** The input's text was made once for the policy; it goes into the line as it is. */
function withInput(record: Omit<DecisionRecord, "input" | "seq">, inputText: string): string {
  const text = JSON.stringify(record);
  return `${text.slice(0, -1)},"input":${inputText}}`;
}

/** W3C Trace Context: version-traceid-parentid-flags. */
function traceId(traceparent: unknown): string | null {
  return typeof traceparent === "string" && /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(traceparent)
    ? traceparent.slice(3, 35)
    : null;
}
