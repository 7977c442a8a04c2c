import { Refusal } from "../domain/errors.ts";
import type { OutcomeKind } from "../domain/decision-record.ts";
import type { Exchange } from "../domain/exchange.ts";
import type { AnswerHead, AnswerSink } from "../domain/upstream-answer.ts";
import { asError } from "../lib/as-error.ts";
import { after } from "../lib/awaitable.ts";

type ObservedExchange = Pick<Exchange, "observed">;

/** Whether processes share the history that the call is in. */
export function isInSharedHistory({ observed }: ObservedExchange): boolean {
  return (observed?.noted ?? null) !== null;
}

/** Null: nothing has to be waited for. */
function saveOutcome(exchange: ObservedExchange, outcome: OutcomeKind): Promise<void> | null {
  return isInSharedHistory(exchange) ? (exchange.observed?.ended(outcome) ?? null) : null;
}

/** Saves the outcome of a call before its caller is refused. The refusal is sent also when it cannot be saved; `act` tries again. */
export function saveOutcomeBeforeRefusal(exchange: ObservedExchange, outcome: OutcomeKind): Promise<void> | null {
  return saveOutcome(exchange, outcome)?.catch(() => undefined) ?? null;
}

/**
 * The same where the answer of the tool server is about to reach its caller whole.
 * @throws Refusal answer_not_noted as `answerNotNoted`
 */
export function saveOutcomeBeforeAnswer(
  exchange: ObservedExchange,
  outcome: OutcomeKind = "forwarded",
): Promise<void> | null {
  const saving = saveOutcome(exchange, outcome);
  return saving?.catch((thrown: unknown) => Promise.reject(answerNotNoted(thrown))) ?? null;
}

/** What a failure of the store is to a caller whose call was answered: nobody may take it for one that did not run. */
export function answerNotNoted(thrown: unknown): Refusal {
  const cause = asError(thrown);
  const said = cause instanceof Refusal ? cause.detail : null;
  return new Refusal("answer_not_noted", { detail: said ?? cause.message, cause });
}

/** The sink, or one that hands on the last byte of an answer once the history of the session has what its status says of the call. */
export function outcomeFirstSink(
  exchange: ObservedExchange,
  sink: AnswerSink,
  outcomeOf: (status: number) => OutcomeKind,
): AnswerSink {
  if (!isInSharedHistory(exchange)) return sink;
  return new OutcomeFirstSink(sink, (status) => saveOutcomeBeforeAnswer(exchange, outcomeOf(status)));
}

class OutcomeFirstSink implements AnswerSink {
  readonly #sink: AnswerSink;
  readonly #save: (status: number) => Promise<void> | null;
  /** Bytes of the body that are still to come, as far as the head says so. */
  #left = Infinity;
  /** What ends a body of a known length: with it the caller has the whole answer. */
  #last: Buffer | null = null;
  #isStopped = false;
  #status = 0;

  constructor(sink: AnswerSink, save: (status: number) => Promise<void> | null) {
    this.#sink = sink;
    this.#save = save;
  }

  get isBounded(): boolean {
    return this.#sink.isBounded === true;
  }

  get keepsWhole(): boolean {
    return this.#sink.keepsWhole === true;
  }

  head(head: AnswerHead): void {
    this.#status = head.status;
    this.#left = Number(head.header("content-length") ?? Infinity);
    this.#sink.head(head);
  }

  data(chunk: Buffer): boolean {
    this.#left -= chunk.length;
    if (this.#left > 0 || this.#last !== null) return this.#sink.data(chunk);
    this.#last = chunk;
    return true;
  }

  pieces(chunks: readonly Buffer[]): boolean {
    const bytes = chunks.reduce((sum, { length }) => sum + length, 0);
    if (this.#left <= bytes || this.#sink.pieces === undefined) return this.data(Buffer.concat(chunks));
    this.#left -= bytes;
    return this.#sink.pieces(chunks);
  }

  onDrain(resume: (failure?: Error) => void): void {
    this.#sink.onDrain(resume);
  }

  stop(): boolean {
    this.#isStopped = true;
    return this.#sink.stop?.() ?? false;
  }

  close(): boolean {
    return this.#sink.close?.() ?? false;
  }

  end(): void | Promise<void> {
    return after<void | null, void>(this.#save(this.#status), () => this.#end());
  }

  #end(): void | Promise<void> {
    // The caller was told meanwhile that access has ended.
    if (this.#isStopped) return;
    // Nothing follows that a full sink would have to wait for, and one whose caller has left never drains.
    if (this.#last !== null) this.#sink.data(this.#last);
    this.#last = null;
    return this.#sink.end();
  }
}
