import type { Decision } from "../domain/decision.ts";
import type { RequestContext } from "../domain/exchange.ts";
import { Refusal } from "../domain/errors.ts";
import type { Outcome } from "../domain/decision-record.ts";
import type { Clock, Logger } from "../domain/ports.ts";
import { principalKey, type Subject } from "../domain/subject.ts";
import type { ToolCall } from "../domain/tool-call.ts";
import type { Instant, LineOptions } from "./decision/decision-line.ts";
import type { LogWriter } from "./log-writer.ts";
import { RefusalRows } from "./decision/refusal-rows.ts";
import { DecisionTexts } from "./decision/decision-text.ts";
import { OutcomeTexts } from "./decision/outcome-text.ts";
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
  readonly #rows = new RefusalRows();
  readonly #texts: DecisionTexts;
  readonly #outcomes = new OutcomeTexts();
  #acting = 0;
  readonly #whenIdle: (() => void)[] = [];

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#texts = new DecisionTexts(options);
  }

  /** @throws Refusal record_unavailable when the decision cannot be written; nothing was done then. */
  async record(context: RequestContext, decision: Decision, act: () => Promise<Outcome>): Promise<Outcome> {
    const { metrics, clock } = this.#options;
    const route = context.route?.id ?? "none";
    // An allow that cannot be written is none, and is refused; of the gateway's own denies it counts that they are answered.
    const isOwnDeny = decision.indeterminate !== null;
    if (isOwnDeny) metrics.decided(route, decision, context);
    const writing = this.#begin(context, decision);
    if (writing !== null) await writing;
    if (!isOwnDeny) metrics.decided(route, decision, context);
    this.#acting += 1;
    try {
      const outcome = await act();
      metrics.finished(route, outcome, clock.monotonic() - context.startedAt, context);
      this.#keep(context, outcome);
      return outcome;
    } finally {
      this.#acting -= 1;
      if (this.#acting === 0) for (const tell of this.#whenIdle.splice(0)) tell();
    }
  }

  #keep({ decisionId, startedAt }: RequestContext, outcome: Outcome): void {
    const { writer, logger } = this.#options;
    const at = this.#instant();
    const { members, shared } = this.#outcomes.of({ decisionId, outcome, at, duration: at.monotonic - startedAt });
    const lost = (cause: Error): void =>
      logger.error("an outcome could not be recorded", { decision_id: decisionId, error: String(cause) });
    writer.keep(members, lost, shared);
  }

  /** Resolves when all that was begun has its outcome in the queue of the log, or so many milliseconds are over. */
  async idle(ms: number): Promise<void> {
    if (this.#acting === 0) return;
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, ms);
    await Promise.race([late.promise, new Promise<void>((resolve) => this.#whenIdle.push(resolve))]);
    clearTimeout(timer);
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
    return { now: Math.floor(clock.now()), monotonic: clock.monotonic() };
  }
}
