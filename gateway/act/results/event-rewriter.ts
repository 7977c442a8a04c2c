import { createParser, type EventSourceParser } from "eventsource-parser";
import { oneLine, withoutSeparators } from "../../lib/event-stream.ts";
import { Refusal } from "../../domain/errors.ts";
import { nowOrLater } from "../../lib/now-or-later.ts";

/**
 * Reads an event stream as clients do (WHATWG HTML, "Server-sent events") and writes each event anew, its data the JSON text that `rewrite`
 * returns. Fields that the format does not have are left out, and nothing is left that some client takes for the end of a line. Events of more than `maxChars` are refused.
 */
export class EventRewriter {
  readonly #parser: EventSourceParser;
  readonly #emit: (event: string) => void;
  /** What was read and not emitted yet, in order. */
  #read: (() => string | Promise<string>)[] = [];
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  #skipLineFeed = false;
  /** Whether an event had an id, by which a client may take the stream up again. */
  hasIds = false;

  constructor(rewrite: (data: string) => string | Promise<string>, emit: (event: string) => void, maxChars: number) {
    this.#emit = emit;
    this.#parser = createParser({
      maxBufferSize: maxChars,
      onEvent: ({ id, event, data }) => {
        if (id !== undefined) this.hasIds = true;
        const head = `${field("id", id)}${field("event", event)}`;
        const whole = (text: string): string => `${head}${dataLines(withoutSeparators(text))}\n\n`;
        this.#read.push(() => (data === "" ? whole("") : nowOrLater(rewrite(data), whole)));
      },
      onRetry: (milliseconds) => this.#read.push(() => `retry: ${milliseconds}\n\n`),
      onComment: (comment) => this.#read.push(() => `: ${oneLine(comment)}\n\n`),
      onError: (error) => {
        if (error.type !== "max-buffer-size-exceeded") return;
        this.#read.push(() => {
          throw new Refusal("upstream_too_large");
        });
      },
    });
  }

  /**
   * Emits each event that is whole. A promise when one of them has to be waited for: until it resolves nothing more is fed.
   * @throws Refusal upstream_answer_refused, upstream_too_large, and what `rewrite` throws
   */
  feed(chunk: Buffer): void | Promise<void> {
    this.#feed(this.#decode(chunk));
    return this.#emitRead();
  }

  /** The stream has ended: what came without an empty line after it is an event all the same. */
  end(): void | Promise<void> {
    this.#feed(this.#decode(null));
    this.#feed("\n\n");
    return this.#emitRead();
  }

  /** In order: what follows an event that is waited for waits, too. */
  #emitRead(): void | Promise<void> {
    for (let write = this.#read.shift(); write !== undefined; write = this.#read.shift()) {
      const event = write();
      if (typeof event === "string") this.#emit(event);
      else
        return event.then((text) => {
          this.#emit(text);
          return this.#emitRead();
        });
    }
  }

  #decode(chunk: Buffer | null): string {
    try {
      return chunk === null ? this.#decoder.decode() : this.#decoder.decode(chunk, { stream: true });
    } catch (cause) {
      throw new Refusal("upstream_answer_refused", { detail: "an event stream that is not UTF-8", cause });
    }
  }

  /** The parser waits after a CR for an LF that may never come; so it is fed lines that end with LF alone. */
  #feed(text: string): void {
    if (text === "") return;
    const rest = this.#skipLineFeed && text.startsWith("\n") ? text.slice(1) : text;
    this.#skipLineFeed = text.endsWith("\r");
    this.#parser.feed(rest.includes("\r") ? rest.replace(/\r\n?/g, "\n") : rest);
  }
}

function field(name: string, value: string | undefined): string {
  return value === undefined ? "" : `${name}: ${oneLine(value)}\n`;
}

function dataLines(data: string): string {
  return data.includes("\n")
    ? data
        .split("\n")
        .map((line) => `data: ${line}`)
        .join("\n")
    : `data: ${data}`;
}
