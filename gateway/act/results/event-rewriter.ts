import { after } from "../../lib/awaitable.ts";
import { commentText, EventReader, eventText, type ReadEvent } from "../../lib/event-stream.ts";
import { Refusal } from "../../domain/errors.ts";

type Rewrite = (data: string) => string | null | Promise<string | null>;

/** What may pass of one event. */
export interface EventLimit {
  /** In UTF-16 units. */
  readonly maxChars: number;
  /** Of a larger one. */
  readonly refusal: () => Refusal;
  /** Whether rules read its data, so that nothing beside that may hold words: comments become empty, ids and names are short tokens. */
  readonly isJudged?: boolean;
}

/** What rules read of an event is its data. Beside that, an id by which a stream is taken up again, or a name, has this form. */
const token = /^[\w.:=+/~-]{0,128}$/;
/** A longer wait says nothing of use, and its digits could say something else. */
const longestRetryMs = 3_600_000;

/** The event as it may pass where rules read its data: what has a name that could be a text is read by no client of MCP. */
function besideJudged({ id, event, data }: ReadEvent): ReadEvent {
  const isNamed = event === undefined || token.test(event);
  return {
    id: id !== undefined && token.test(id) ? id : undefined,
    ...(isNamed ? { event, data } : { data: "" }),
  };
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

  constructor(rewrite: Rewrite, emit: (event: string) => void, { maxChars, refusal, isJudged = false }: EventLimit) {
    this.#emit = emit;
    this.#reader = new EventReader({
      maxChars,
      onEvent: (read) => {
        const { id, event, data } = isJudged ? besideJudged(read) : read;
        if (id !== undefined) this.hasIds = true;
        const whole = (text: string | null): string =>
          text === null ? (id === undefined ? "" : eventText({ id })) : eventText({ id, event, data: text });
        this.#read.push(() => (data === "" ? whole("") : after(rewrite(data), whole)));
      },
      onRetry: (milliseconds) => {
        const retry = isJudged ? Math.min(milliseconds, longestRetryMs) : milliseconds;
        this.#read.push(() => eventText({ retry }));
      },
      onComment: (comment) => this.#read.push(() => commentText(isJudged ? "" : comment)),
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
