import type { Decision } from "../domain/decision.ts";
import type { OutcomeRecord } from "../domain/decision-record.ts";
import { Refusal } from "../domain/errors.ts";
import type { Outcome } from "../domain/outcome.ts";
import type { Clock, Logger } from "../domain/ports.ts";
import { decisionLine, type Instant, type LineOptions } from "./decision-line.ts";
import type { LogWriter } from "./log-writer.ts";
import type { Metrics } from "./metrics.ts";
import type { Recordable } from "./recordable.ts";

export interface RecorderOptions extends LineOptions {
  readonly writer: LogWriter;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** No record, no call: `act` runs only after the decision is written as durably as its route asks. */
export class Recorder {
  readonly #options: RecorderOptions;
  /** Most records are of the same second as the one before. */
  #second = Number.NaN;
  #secondText = "";

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /** @throws Refusal record_unavailable when the decision cannot be written; nothing was done then. */
  async recorded(exchange: Recordable, decision: Decision, act: () => Promise<Outcome>): Promise<Outcome> {
    const { metrics, clock, writer, logger } = this.#options;
    const route = exchange.trail.route?.id ?? "none";
    metrics.decided(route, decision);
    await this.#decided(exchange, decision);
    const outcome = await act();
    metrics.finished(route, outcome, clock.monotonic() - exchange.startedAt);
    if (!writer.enqueue(this.#outcomeLine(exchange, outcome))) {
      logger.error("an outcome could not be recorded", { decision_id: exchange.trail.decisionId });
    }
    return outcome;
  }

  async #decided(exchange: Recordable, decision: Decision): Promise<void> {
    const { writer } = this.#options;
    const line = decisionLine(exchange, decision, this.#instant(), this.#options);
    // While the log fails, even buffered records wait for the disk: somebody has to find out that it works again.
    if (exchange.trail.route?.durability === "buffered" && writer.failure === null) {
      if (writer.enqueue(line)) return;
      throw new Refusal("record_unavailable", { detail: "the queue of buffered records is full" });
    }
    try {
      await writer.append(line);
    } catch (cause) {
      throw new Refusal("record_unavailable", { detail: String(cause), cause });
    }
  }

  #instant(): Instant {
    const { clock } = this.#options;
    const now = clock.now();
    const second = Math.floor(now / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#secondText = new Date(second * 1_000).toISOString().slice(0, -"000Z".length);
    }
    const timestamp = `${this.#secondText}${String(Math.floor(now) - second * 1_000).padStart(3, "0")}Z`;
    return { timestamp, monotonic_ms: clock.monotonic() };
  }

  #outcomeLine(exchange: Recordable, outcome: Outcome): string {
    const at = this.#instant();
    const record: Omit<OutcomeRecord, "seq"> = {
      kind: "outcome",
      decision_id: exchange.trail.decisionId,
      ...at,
      outcome: outcome.kind,
      status: outcome.status,
      code: outcome.code,
      upstream_status: outcome.upstreamStatus,
      forwarded_digest: outcome.forwardedDigest,
      response_digest: outcome.responseDigest,
      response_bytes: outcome.responseBytes,
      approval_id: outcome.approvalId,
      obligations: outcome.obligations,
      duration_ms: at.monotonic_ms - exchange.startedAt,
    };
    return JSON.stringify(record);
  }
}
