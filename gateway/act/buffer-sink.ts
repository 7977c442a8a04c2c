import { Refusal } from "../domain/errors.ts";
import type { AnswerSink } from "./answer-sink.ts";

/** Keeps the whole answer, for those that are read before they are passed on. */
export class BufferSink implements AnswerSink {
  readonly #maxBytes: number;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  status = 0;
  raw: readonly Buffer[] = [];

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get body(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  head(status: number, raw: readonly Buffer[]): void {
    this.status = status;
    this.raw = raw;
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
