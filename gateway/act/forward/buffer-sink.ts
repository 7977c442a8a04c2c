import { Refusal } from "../../domain/errors.ts";
import { ReceivedHead } from "./answer-head.ts";
import type { AnswerHead, AnswerSink } from "../../domain/upstream-answer.ts";

/** Keeps the whole answer, for those that are read before they are passed on. */
export class BufferSink implements AnswerSink {
  readonly #maxBytes: number;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  /** Empty until the tool server answers; what waits for the whole answer never sees it so. */
  answer: AnswerHead = new ReceivedHead(0, []);

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get body(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  head(head: AnswerHead): void {
    this.answer = head;
  }

  data(chunk: Buffer): boolean {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#maxBytes) throw new Refusal("upstream_too_large");
    this.#chunks.push(chunk);
    return true;
  }

  onDrain(): void {
    // A buffer never asks to wait.
  }

  end(): void {
    // The reader looks at `body` once the request is settled.
  }
}
