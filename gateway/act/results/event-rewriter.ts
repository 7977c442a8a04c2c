import { after } from "../../lib/awaitable.ts";
import { commentText, EventReader, eventText } from "../../lib/event-stream.ts";
import { Refusal } from "../../domain/errors.ts";

type Rewrite = (data: string) => string | null | Promise<string | null>;

/** Of one event, in UTF-16 units, and how a larger one is refused. */
export interface EventLimit {
  readonly maxChars: number;
  readonly refusal: () => Refusal;
}

/**
 * Reads an event stream as clients do and writes each event anew, its data the JSON text that `rewrite` returns. Of an event for
 * which it returns null nothing passes but its id, from which the stream may be taken up again.
 */
export class EventRewriter {
  readonly #reader: EventReader;
  readonly #emit: (event: string) => void;
  /** What was read and not emitted yet, in order. */
  #read: (() => string | Promise<string>)[] = [];
  // A byte order mark stays: the reader passes over one.
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  /** Whether an event had an id, by which a client may take the stream up again. */
  hasIds = false;

  constructor(rewrite: Rewrite, emit: (event: string) => void, { maxChars, refusal }: EventLimit) {
    this.#emit = emit;
    this.#reader = new EventReader({
      maxChars,
      onEvent: ({ id, event, data }) => {
        if (id !== undefined) this.hasIds = true;
        const whole = (text: string | null): string =>
          text === null ? (id === undefined ? "" : eventText({ id })) : eventText({ id, event, data: text });
        this.#read.push(() => (data === "" ? whole("") : after(rewrite(data), whole)));
      },
      onRetry: (milliseconds) => this.#read.push(() => eventText({ retry: milliseconds })),
      onComment: (comment) => this.#read.push(() => commentText(comment)),
      onTooLarge: () =>
        this.#read.push(() => {
          throw refusal();
        }),
    });
  }

  /**
   * Emits each event that is whole. A promise when one of them has to be waited for: until it resolves nothing more is fed.
   * @throws Refusal upstream_answer_refused, that of the limit, and what `rewrite` throws
   */
  feed(chunk: Buffer): void | Promise<void> {
    this.#reader.feed(this.#decode(chunk));
    return this.#emitRead();
  }

  /** The stream has ended. @throws as `feed` */
  end(): void | Promise<void> {
    this.#reader.feed(this.#decode(null));
    this.#reader.end();
    return this.#emitRead();
  }

  /** In order: what follows an event that is waited for waits, too. Those that nothing waits for are emitted as one, also before a refusal. */
  #emitRead(first = ""): void | Promise<void> {
    let ready = first;
    try {
      for (let write = this.#read.shift(); write !== undefined; write = this.#read.shift()) {
        const event = write();
        if (typeof event !== "string") return event.then((text) => this.#emitRead(text));
        ready += event;
      }
    } finally {
      if (ready !== "") this.#emit(ready);
    }
  }

  #decode(chunk: Buffer | null): string {
    try {
      return chunk === null ? this.#decoder.decode() : this.#decoder.decode(chunk, { stream: true });
    } catch (cause) {
      throw new Refusal("upstream_answer_refused", { detail: "an event stream that is not UTF-8", cause });
    }
  }
}
