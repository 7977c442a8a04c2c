import type { ServerResponse } from "node:http";
import type { AnswerHead, AnswerSink } from "../../domain/upstream-answer.ts";
import type { ResultCapture } from "../kept/result-capture.ts";

/** Passes the answer on as it comes: same status, same bytes, event streams flushed event by event. */
export class StreamSink implements AnswerSink {
  readonly #res: ServerResponse;
  readonly #own: readonly string[];
  readonly #capture: ResultCapture | null;
  /** Bytes of the whole answer as far as its head says so. */
  #length: string | null = null;
  #ended = false;

  constructor(res: ServerResponse, own: readonly string[], capture: ResultCapture | null) {
    this.#res = res;
    this.#own = own;
    this.#capture = capture;
  }

  head(head: AnswerHead): void {
    const own = head.isEventStream ? [...this.#own, "X-Accel-Buffering", "no"] : this.#own;
    this.#length = head.header("content-length");
    this.#capture?.head(head.status, head.passedOn([]));
    this.#res.writeHead(head.status, head.passedOn(own));
    if (head.isEventStream) this.#res.flushHeaders();
  }

  data(chunk: Buffer): boolean {
    this.#capture?.data(chunk);
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
