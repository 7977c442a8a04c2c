import { Refusal } from "../../domain/errors.ts";
import type { Exchange } from "../../domain/exchange.ts";
import type { AnswerHead, AnswerSink } from "../../domain/upstream-answer.ts";
import { ReceivedHead } from "../forward/answer-head.ts";
import { StreamSink } from "../forward/sinks.ts";
import type { ResultCapture } from "../kept/kept-results.ts";
import type { AnswerJudge } from "./answer-judge.ts";
import { mediaType } from "./read-content.ts";
import { bodyHeaders } from "./rewritten-head.ts";

export interface JudgedSinkOptions {
  readonly exchange: Exchange;
  readonly judge: AnswerJudge;
  /** The gateway's own headers of the answer. */
  readonly own: readonly string[];
  readonly capture: ResultCapture | null;
}

/**
 * Holds an HTTP answer back until it is whole, and passes on what policy lets through. Where the route says so, an answer that
 * policy does not read passes as it comes, after the session has got its label.
 */
export class JudgedSink implements AnswerSink {
  readonly #options: JudgedSinkOptions;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #head: AnswerHead = new ReceivedHead(0, []);
  /** Once the answer passes unread. */
  #through: { readonly sink: StreamSink; readonly labelled: Promise<void>; isOpen: boolean } | null = null;

  constructor(options: JudgedSinkOptions) {
    this.#options = options;
  }

  /** What is held back has to end. */
  get isBounded(): boolean {
    return this.#through === null;
  }

  head(head: AnswerHead): void {
    this.#head = head;
    const { rules } = this.#options.judge;
    const encoding = head.header("content-encoding") ?? "identity";
    if (encoding !== "identity") this.#cannotRead(`content encoding ${encoding}`);
    else if (head.status === 206) this.#cannotRead("a part of an answer");
    else if (head.isEventStream && rules.streams === "pass-labelled") this.#passUnread();
    else if (Number(head.header("content-length") ?? 0) > rules.maxBytes && this.#hasBody) this.#oversize();
  }

  data(chunk: Buffer): boolean {
    if (this.#through?.isOpen === true) return this.#through.sink.data(chunk);
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#through === null && this.#bytes > this.#options.judge.rules.maxBytes) this.#oversize();
    return this.#through === null;
  }

  onDrain(resume: (failure?: Error) => void): void {
    const through = this.#through;
    if (through === null) resume();
    else if (through.isOpen) through.sink.onDrain(resume);
    else through.labelled.then(() => (this.#flush(through) ? resume() : through.sink.onDrain(resume)), resume);
  }

  end(): void | Promise<void> {
    const through = this.#through;
    if (through === null) return this.#judge(Buffer.concat(this.#chunks));
    if (through.isOpen) return through.sink.end();
    return through.labelled.then(() => {
      this.#flush(through);
      through.sink.end();
    });
  }

  /** To HEAD, and in a 304, the length is that of another answer. */
  get #hasBody(): boolean {
    return this.#options.exchange.req.method !== "HEAD" && this.#head.status !== 304;
  }

  /** @throws Refusal result_too_large */
  #oversize(): void {
    const { oversize, maxBytes } = this.#options.judge.rules;
    if (oversize === "block") throw new Refusal("result_too_large", { hint: `at most ${maxBytes} bytes` });
    this.#passUnread();
  }

  /** @throws Refusal result_unreadable where a rule has a say about it */
  #cannotRead(detail: string): void {
    if (this.#options.judge.judges) throw new Refusal("result_unreadable", { detail });
    this.#passUnread();
  }

  #passUnread(): void {
    const { exchange, own, capture, judge } = this.#options;
    const labelled = judge.passUnread();
    // Whoever waits for it meets its failure; nobody may be waiting yet.
    labelled.catch(() => undefined);
    this.#through = { sink: new StreamSink(exchange.res, own, capture), labelled, isOpen: false };
  }

  /** Passes on what came while the label was written. False when no more can be taken now. */
  #flush(through: { readonly sink: StreamSink; isOpen: boolean }): boolean {
    through.isOpen = true;
    through.sink.head(this.#head);
    let room = true;
    for (const chunk of this.#chunks.splice(0)) room = through.sink.data(chunk) && room;
    return room;
  }

  async #judge(body: Buffer): Promise<void> {
    const { status, type } = this.#head;
    const read = this.#options.judge.read(body, type);
    const passed = await this.#options.judge.judge({
      part: "answer",
      status,
      content_types: type === "" ? [] : [mediaType(type)],
      bytes: body.length,
      is_error: status >= 400,
      content: read.value,
      isReadable: read.kind !== "other",
    });
    if (passed === read.value) this.#write(body, false);
    else this.#write(Buffer.from(read.kind === "json" ? JSON.stringify(passed) : String(passed)), true);
  }

  #write(body: Buffer, isRewritten: boolean): void {
    const { exchange, own, capture } = this.#options;
    const { status } = this.#head;
    const sized = !this.#hasBody || status === 204 ? [] : ["Content-Length", String(body.length)];
    const dropped = isRewritten ? bodyHeaders : this.#hasBody ? lengthAlone : none;
    capture?.head(status, this.#head.passedOn([], dropped));
    capture?.data(body);
    exchange.res.writeHead(status, [...this.#head.passedOn(own, dropped), ...sized]);
    exchange.res.end(body);
  }
}

const none: ReadonlySet<string> = new Set();
const lengthAlone: ReadonlySet<string> = new Set(["content-length"]);
