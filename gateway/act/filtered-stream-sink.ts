import type { ServerResponse } from "node:http";
import type { EventSourceParser } from "eventsource-parser";
import { Refusal } from "../domain/errors.ts";
import type { AnswerHead } from "./answer-head.ts";
import { eventFilter, type Keep } from "./list-filter.ts";
import { StreamSink } from "./stream-sink.ts";

/**
 * The server's own stream of messages (legacy MCP, GET). An interrupted tools/list may be replayed on it
 * (`Last-Event-ID`), so its events are filtered like the answer itself; a success that is no event stream is withheld.
 */
export class FilteredStreamSink extends StreamSink {
  readonly #keep: Keep;
  readonly #maxEventBytes: number;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  #filter: EventSourceParser | null = null;
  #room = true;

  constructor(res: ServerResponse, own: readonly string[], keep: Keep, maxEventBytes: number) {
    super(res, own);
    this.#keep = keep;
    this.#maxEventBytes = maxEventBytes;
  }

  override head(head: AnswerHead): void {
    const { status, type, isEventStream } = head;
    if (!isEventStream && status < 300)
      throw new Refusal("upstream_answer_refused", { detail: `content type ${type || "none"}, not an event stream` });
    super.head(head);
    if (!isEventStream) return;
    const emit = (event: string): void => {
      this.#room = this.write(Buffer.from(event)) && this.#room;
    };
    this.#filter = eventFilter(this.#keep, emit, this.#maxEventBytes);
  }

  override data(chunk: Buffer): boolean {
    if (this.#filter === null) return super.data(chunk);
    this.#room = true;
    this.#filter.feed(this.#decoder.decode(chunk, { stream: true }));
    return this.#room;
  }
}
