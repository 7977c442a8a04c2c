import type { ServerResponse } from "node:http";
import { Refusal } from "../../domain/errors.ts";
import type { AnswerHead, AnswerSink } from "../../domain/upstream-answer.ts";
import type { ResultCapture } from "../kept/kept-results.ts";
import { ReceivedHead } from "./answer-head.ts";

/** Passes the answer on as it comes: same status, same bytes, event streams flushed event by event. */
export class StreamSink implements AnswerSink {
  readonly #res: ServerResponse;
  readonly #own: readonly string[];
  readonly #capture: ResultCapture | null;
  /** Bytes of the whole answer as far as its head says so. */
  #length: string | null = null;
  #ended = false;
  /** Of an event stream: its last bytes, by which it is known whether an event is whole; null for any other answer. */
  #tail: LastBytes | null = null;

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
    if (!head.isEventStream) return;
    if ((head.header("content-encoding") ?? "identity") === "identity") this.#tail = new LastBytes();
    this.#res.flushHeaders();
  }

  data(chunk: Buffer): boolean {
    if (this.#tail !== null) return this.pieces([chunk]);
    this.#note(chunk);
    if (this.#length !== String(chunk.length)) return this.#res.write(chunk);
    // Most answers are one piece, which ends them: two steps of Node's stream less.
    this.#ended = true;
    this.#res.end(chunk);
    return true;
  }

  /**
   * One write to the socket, at once and in two chunks at most (RFC 9112, "Chunked Transfer Coding"): a write and a chunk for each piece cost
   * more than all else of an event.
   */
  pieces(chunks: readonly Buffer[]): boolean {
    const res = this.#res;
    const { socket } = res;
    const last = chunks.length - 1;
    socket?.cork();
    if (last > 0) res.cork();
    for (let at = 0; at < last; at += 1) this.#write(chunks[at] as Buffer);
    if (last > 0) res.uncork();
    // Only a write that is not collected says whether the socket has room.
    const room = this.#write(chunks[last] as Buffer);
    socket?.uncork();
    return room;
  }

  #write(chunk: Buffer): boolean {
    this.#note(chunk);
    return this.#res.write(chunk);
  }

  #note(chunk: Buffer): void {
    this.#capture?.data(chunk);
    this.#tail?.add(chunk);
  }

  onDrain(resume: () => void): void {
    this.#res.once("drain", resume);
  }

  /** Within an event another would become a part of it. */
  stop(): boolean {
    return this.#tail !== null && !this.#ended && this.#tail.endEvent;
  }

  end(): void {
    if (!this.#ended) this.#res.end();
  }
}

/** The last four bytes that have passed: copied, since a part of a piece would keep all of it. */
class LastBytes {
  readonly #bytes = Buffer.alloc(4);
  #count = 0;

  add(chunk: Buffer): void {
    const bytes = this.#bytes;
    const kept = Math.min(bytes.length, chunk.length);
    bytes.copyWithin(0, kept);
    for (let at = 1; at <= kept; at += 1) bytes[bytes.length - at] = chunk[chunk.length - at] as number;
    this.#count += chunk.length;
  }

  /** WHATWG HTML, "Parsing an event stream": an event ends with an empty line, and lines with CR, LF or both. */
  get endEvent(): boolean {
    if (this.#count === 0) return true;
    const text = this.#bytes.toString("latin1", Math.max(0, this.#bytes.length - this.#count));
    return text.replace(/\r\n?/g, "\n").endsWith("\n\n");
  }
}

/** Keeps the whole answer, for those that are read before they are passed on. */
export class BufferSink implements AnswerSink {
  readonly keepsWhole = true;
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

  end(): void | Promise<void> {
    // The reader looks at `body` once the request is settled.
  }
}
