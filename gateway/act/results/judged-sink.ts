import { Refusal } from "../../domain/errors.ts";
import type { Exchange } from "../../domain/exchange.ts";
import type { JsonValue } from "../../lib/json.ts";
import { after, type Awaitable } from "../../lib/awaitable.ts";
import { joined } from "../../lib/joined.ts";
import type { AnswerHead, AnswerSink } from "../../domain/upstream-answer.ts";
import { ReceivedHead } from "../forward/answer-head.ts";
import { StreamSink } from "../forward/sinks.ts";
import type { ResultCapture } from "../kept/kept-results.ts";
import type { AnswerJudge } from "./answer-judge.ts";
import type { OpenAnswer } from "./open-answers.ts";
import { type Content, mediaType } from "./read-content.ts";
import { bodyHeaders } from "./rewritten-head.ts";

/** Bytes before what is new that are read once more: a word may stand on both sides. */
const overlap = 256;

export interface JudgedSinkOptions {
  readonly exchange: Exchange;
  readonly judge: AnswerJudge;
  /** The gateway's own headers of the answer. */
  readonly own: readonly string[];
  readonly capture: ResultCapture | null;
}

/** An answer on its way to the caller before it is whole. */
interface Passing {
  readonly sink: StreamSink;
  /** Resolves when the session has its label. */
  readonly labelled: Promise<void>;
  /** Whether a copy is kept, and remembered at the end. */
  readonly isKept: boolean;
  /** Once the label is there. */
  isOpen: boolean;
}

/**
 * Holds an HTTP answer back until it is whole, and passes on what policy lets through. An answer passes as it comes, after the
 * session has got its label, where the route says so of what policy does not read, and where no rule has a say and the tool's
 * results count as untrusted whatever they are.
 */
export class JudgedSink implements AnswerSink, OpenAnswer {
  readonly #options: JudgedSinkOptions;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #head: AnswerHead = new ReceivedHead(0, []);
  #through: Passing | null = null;
  #isStopped = false;
  /** Bytes that have passed and are remembered, before the end. */
  #told = 0;

  constructor(options: JudgedSinkOptions) {
    this.#options = options;
  }

  /** What is held back has to end. */
  get isBounded(): boolean {
    return this.#through === null;
  }

  head(head: AnswerHead): void {
    this.#head = head;
    const { rules, judges, isUntrusted } = this.#options.judge;
    const encoding = head.header("content-encoding") ?? "identity";
    if (encoding !== "identity" && this.#hasBody) this.#cannotRead(`content encoding ${encoding.slice(0, 80)}`);
    else if (head.status === 206) this.#cannotRead("a part of an answer");
    else if (head.isEventStream && rules.streams === "pass-labelled") this.#pass({ isKept: false });
    else if (Number(head.header("content-length") ?? 0) > rules.maxBytes && this.#hasBody) this.#oversize();
    else if (!judges && isUntrusted) this.#pass({ isKept: true });
  }

  data(chunk: Buffer): boolean {
    const through = this.#through;
    this.#bytes += chunk.length;
    const isOversize = this.#bytes > this.#options.judge.rules.maxBytes;
    if (through?.isOpen !== true || (through.isKept && !isOversize)) this.#chunks.push(chunk);
    else if (isOversize) this.#chunks.length = 0;
    if (through?.isOpen === true) return through.sink.data(chunk);
    if (through === null && isOversize) this.#oversize();
    return this.#through === null;
  }

  pieces(chunks: readonly Buffer[]): boolean {
    const through = this.#through;
    if (through?.isOpen !== true || through.isKept) return this.data(Buffer.concat(chunks));
    for (const chunk of chunks) this.#bytes += chunk.length;
    return through.sink.pieces(chunks);
  }

  onDrain(resume: (failure?: Error) => void): void {
    const through = this.#through;
    if (through === null) resume();
    else if (through.isOpen) through.sink.onDrain(resume);
    else through.labelled.then(() => (this.#flush(through) ? resume() : through.sink.onDrain(resume)), resume);
  }

  stop(): boolean {
    this.#isStopped = true;
    return this.#through?.isOpen === true && this.#through.sink.stop();
  }

  /** Remembers what has passed. JSON that is not whole cannot be read: the session has `provenance:forgotten` then. */
  async brokenOff(): Promise<void> {
    const through = this.#through;
    this.#isStopped = true;
    if (through?.isKept === true && through.isOpen) await this.#rememberPassed();
  }

  /** As text, since JSON is not whole yet. */
  tellPassed(): void {
    const { judge } = this.#options;
    const before = this.#told;
    if (this.#bytes === before) return;
    this.#told = this.#bytes;
    const isKept = this.#bytes <= judge.rules.maxBytes;
    const text = isKept ? joined(this.#chunks).toString("utf8", Math.max(0, before - overlap)) : null;
    // All of it is remembered at the end, and a failure is met there.
    Promise.resolve(judge.rememberBeside(text, this.#bytes - before)).catch(() => undefined);
  }

  end(): void | Promise<void> {
    const through = this.#through;
    if (through === null) return this.#judge(joined(this.#chunks));
    if (!through.isOpen) return through.labelled.then(() => this.#endPassing(through));
    return through.isKept ? this.#endPassing(through) : through.sink.end();
  }

  /** The caller has the whole answer when it is remembered. */
  async #endPassing(through: Passing): Promise<void> {
    if (!through.isOpen) this.#flush(through);
    if (through.isKept) await this.#rememberPassed();
    if (!this.#isStopped) through.sink.end();
  }

  async #rememberPassed(): Promise<void> {
    const { judge } = this.#options;
    judge.open.leave(this);
    if (this.#bytes > judge.rules.maxBytes) await judge.passUnread();
    else await this.#read(joined(this.#chunks));
  }

  /** To HEAD, and in a 304, the length is that of another answer. */
  get #hasBody(): boolean {
    return this.#options.exchange.req.method !== "HEAD" && this.#head.status !== 304;
  }

  /** @throws Refusal result_too_large */
  #oversize(): void {
    const { oversize, maxBytes } = this.#options.judge.rules;
    if (oversize === "block") throw new Refusal("result_too_large", { hint: `at most ${maxBytes} bytes` });
    this.#pass({ isKept: false });
  }

  /** @throws Refusal result_unreadable where a rule has a say about it */
  #cannotRead(detail: string): void {
    if (this.#options.judge.judges) throw new Refusal("result_unreadable", { detail });
    this.#pass({ isKept: false });
  }

  #pass({ isKept }: Pick<Passing, "isKept">): void {
    const { exchange, own, capture, judge } = this.#options;
    const labelled = isKept ? judge.passFirst() : judge.passUnread();
    // Whoever waits for it meets its failure; nobody may be waiting yet.
    labelled.catch(() => undefined);
    this.#through = { sink: new StreamSink(exchange.res, own, capture), labelled, isKept, isOpen: false };
  }

  /** Passes on what came while the label was written. False when no more can be taken now. */
  #flush(through: Passing): boolean {
    if (this.#isStopped) return true;
    through.isOpen = true;
    if (through.isKept) this.#options.judge.open.enter(this);
    through.sink.head(this.#head);
    let room = true;
    for (const chunk of through.isKept ? this.#chunks : this.#chunks.splice(0)) room = through.sink.data(chunk) && room;
    return room;
  }

  #judge(body: Buffer): Awaitable<void> {
    return after(this.#read(body), ({ read, passed }) => {
      if (passed === read.value) this.#write(body, false);
      else this.#write(Buffer.from(read.kind === "json" ? JSON.stringify(passed) : String(passed)), true);
    });
  }

  /** What came, and what of it may pass. */
  #read(body: Buffer): Awaitable<{ readonly read: Content; readonly passed: JsonValue }> {
    const { status, type } = this.#head;
    const read = this.#options.judge.read(body, type);
    const judging = this.#options.judge.judge({
      part: "answer",
      status,
      content_types: type === "" ? [] : [mediaType(type)],
      bytes: body.length,
      is_error: status >= 400,
      content: read.value,
      isReadable: read.kind !== "other",
    });
    return after(judging, (passed) => ({ read, passed }));
  }

  #write(body: Buffer, isRewritten: boolean): void {
    if (this.#isStopped) return;
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
