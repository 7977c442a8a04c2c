import type { ServerResponse } from "node:http";
import type { EventSourceParser } from "eventsource-parser";
import { headerOf } from "./headers.ts";
import { eventFilter, type Keep } from "./list-filter.ts";
import { StreamSink } from "./stream-sink.ts";

/**
 * The server's own stream of messages (legacy MCP, GET). An interrupted tools/list may be replayed on it
 * (`Last-Event-ID`), so its events are filtered like the answer itself; anything that is no event stream passes as it is.
 */
export class FilteredStreamSink extends StreamSink {
  readonly #keep: Keep;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  #filter: EventSourceParser | null = null;
  #room = true;

  constructor(res: ServerResponse, own: readonly string[], keep: Keep) {
    super(res, own);
    this.#keep = keep;
  }

  override head(status: number, raw: readonly Buffer[]): void {
    super.head(status, raw);
    if (headerOf(raw, "content-type")?.toLowerCase().startsWith("text/event-stream") !== true) return;
    this.#filter = eventFilter(this.#keep, (event) => {
      this.#room = super.data(Buffer.from(event)) && this.#room;
    });
  }

  override data(chunk: Buffer): boolean {
    if (this.#filter === null) return super.data(chunk);
    this.#room = true;
    this.#filter.feed(this.#decoder.decode(chunk, { stream: true }));
    return this.#room;
  }
}
