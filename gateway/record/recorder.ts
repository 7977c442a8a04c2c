import type { Decision } from "../domain/decision.ts";
import type { RequestContext } from "../domain/exchange.ts";
import { Refusal } from "../domain/errors.ts";
import { jsonText } from "../lib/json.ts";
import type { Outcome } from "../domain/decision-record.ts";
import type { Clock, Logger } from "../domain/ports.ts";
import { principalKey, type Subject } from "../domain/subject.ts";
import type { ToolCall } from "../domain/tool-call.ts";
import { type Instant, type LineOptions, millisecondsText, quoteAscii, thousandths } from "./decision/decision-line.ts";
import type { LogWriter } from "./log-writer.ts";
import { RefusalRows } from "./decision/refusal-rows.ts";
import { DecisionTexts } from "./decision/decision-text.ts";
import type { RecordText } from "./decision/shared-record.ts";
import type { Metrics } from "./metrics/metrics.ts";

export interface RecorderOptions extends LineOptions {
  readonly writer: LogWriter;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** What a tool server asks is not its caller's doing. */
function whose(subject: Subject, call: ToolCall | null): string {
  return call?.serverRequest === undefined ? principalKey(subject) : `asked ${principalKey(subject)}`;
}

/** No record, no call: `act` runs only after the decision is written as durably as its route asks. */
export class Recorder {
  readonly #options: RecorderOptions;
  /** Most records are of the same second as the one before. */
  #second = Number.NaN;
  #secondText = "";
  readonly #rows = new RefusalRows();
  readonly #texts: DecisionTexts;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#texts = new DecisionTexts(options);
  }

  /** @throws Refusal record_unavailable when the decision cannot be written; nothing was done then. */
  async record(context: RequestContext, decision: Decision, act: () => Promise<Outcome>): Promise<Outcome> {
    const { metrics, clock, writer, logger } = this.#options;
    const route = context.route?.id ?? "none";
    metrics.decided(route, decision, context);
    const writing = this.#begin(context, decision);
    if (writing !== null) await writing;
    const outcome = await act();
    metrics.finished(route, outcome, clock.monotonic() - context.startedAt, context);
    if (!writer.enqueue(this.#outcomeLine(context, outcome))) {
      logger.error("an outcome could not be recorded", { decision_id: context.decisionId });
    }
    return outcome;
  }

  /** Null when nobody has to wait for the disk. The line is not kept here: acting on it may take hours. */
  #begin(context: RequestContext, decision: Decision): Promise<void> | null {
    const { subject, call } = context;
    const { clock, writer } = this.#options;
    // What room there is, is for outcomes, and for those who end access.
    if (writer.full !== null) throw new Refusal("record_unavailable", { detail: writer.full });
    const inARow =
      subject === null ? 0 : this.#rows.count(whose(subject, call), decision.effect === "deny", clock.monotonic());
    const record = this.#texts.of(context, decision, this.#instant(), inARow);
    // While the log fails, even buffered records wait for the disk: somebody has to find out that it works again.
    if (context.route?.durability !== "buffered" || writer.failure !== null) return this.#write(record);
    this.#queue(record);
    return null;
  }

  #write({ members, shared }: RecordText): Promise<void> {
    return new Promise((written, unwritten) => {
      const done = (cause: Error | null): void => {
        if (cause === null) written();
        else unwritten(new Refusal("record_unavailable", { detail: String(cause), cause }));
      };
      this.#options.writer.append(members, done, shared);
    });
  }

  #queue({ members, shared }: RecordText): void {
    if (this.#options.writer.enqueue(members, shared)) return;
    throw new Refusal("record_unavailable", { detail: "the queue of buffered records is full" });
  }

  #instant(): Instant {
    const { clock } = this.#options;
    const now = clock.now();
    const second = Math.floor(now / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#secondText = new Date(second * 1_000).toISOString().slice(0, -".000Z".length);
    }
    const timestamp = `${this.#secondText}${thousandths[Math.floor(now) - second * 1_000]}Z`;
    return { timestamp, monotonic: clock.monotonic() };
  }

  /** See `OutcomeRecord`; as a decision's line is written. */
  #outcomeLine({ decisionId, startedAt }: RequestContext, outcome: Outcome): string {
    const { timestamp, monotonic } = this.#instant();
    const { kind, status, code, upstreamStatus, forwardedDigest, responseBytes, approvalId } = outcome;
    return (
      `,"kind":"outcome","decision_id":"${decisionId}","timestamp":"${timestamp}","monotonic_ms":${millisecondsText(monotonic)}` +
      `,"outcome":"${kind}","status":${status},"code":${quoteAscii(code)},"upstream_status":${upstreamStatus}` +
      `,"forwarded_digest":${quoteAscii(forwardedDigest)}${responseDigestMember(outcome)}` +
      `,"response_bytes":${responseBytes},"approval_id":${jsonText(approvalId)}` +
      `,"obligations":${outcome.obligations.length === 0 ? "[]" : JSON.stringify(outcome.obligations)}` +
      (outcome.result === null ? "" : `,"result":${JSON.stringify(outcome.result)}`) +
      (outcome.endedBy === undefined ? "" : `,"ended_by":${JSON.stringify(outcome.endedBy)}`) +
      (outcome.credentials === null ? "" : `,"credentials":${JSON.stringify(outcome.credentials)}`) +
      `,"duration_ms":${millisecondsText(monotonic - startedAt)}`
    );
  }
}

/** A digest that was left out is no null: that stands for an answer that never came. */
function responseDigestMember({ responseDigest, digestOmitted }: Outcome): string {
  return digestOmitted === undefined
    ? `,"response_digest":${quoteAscii(responseDigest)}`
    : `,"response_digest_omitted":"${digestOmitted}"`;
}
