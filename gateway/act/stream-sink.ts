import type { ServerResponse } from "node:http";
import type { AnswerSink } from "./answer-sink.ts";
import { headerOf, responseHeaders } from "./headers.ts";

/** Passes the answer on as it comes: same status, same bytes, event streams flushed event by event. */
export class StreamSink implements AnswerSink {
  readonly #res: ServerResponse;
  readonly #own: readonly string[];
  /** Bytes of the whole answer as far as its head says so. */
  #length: string | null = null;
  #ended = false;

  constructor(res: ServerResponse, own: readonly string[]) {
    this.#res = res;
    this.#own = own;
  }

  head(status: number, raw: readonly Buffer[]): void {
    const eventStream = headerOf(raw, "content-type")?.toLowerCase().startsWith("text/event-stream") ?? false;
    const own = eventStream ? [...this.#own, "X-Accel-Buffering", "no"] : this.#own;
    this.#length = headerOf(raw, "content-length");
    this.#res.writeHead(status, responseHeaders(raw, own));
    if (eventStream) this.#res.flushHeaders();
  }

  data(chunk: Buffer): boolean {
    if (this.#length !== String(chunk.length)) return this.write(chunk);
    // Most answers are one piece, which ends them: two steps of Node's stream less.
    this.#ended = true;
    this.#res.end(chunk);
    return true;
  }

  protected write(chunk: Buffer): boolean {
    return this.#res.write(chunk);
  }

  onDrain(resume: () => void): void {
    this.#res.once("drain", resume);
  }

  end(): void {
    if (!this.#ended) this.#res.end();
  }
}
