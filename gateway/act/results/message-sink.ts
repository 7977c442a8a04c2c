import { Refusal } from "../../domain/errors.ts";
import type { EvaluatedCall, Exchange } from "../../domain/exchange.ts";
import { transportSessionHeader } from "../../domain/tool-call.ts";
import { after } from "../../lib/awaitable.ts";
import { joined } from "../../lib/joined.ts";
import { isJsonObject, type JsonObject } from "../../lib/json.ts";
import { ReceivedHead } from "../forward/answer-head.ts";
import type { AnswerHead, AnswerSink } from "../../domain/upstream-answer.ts";
import { saveOutcomeBeforeAnswer } from "../outcome-before-answer.ts";
import type { AnswerJudge } from "./answer-judge.ts";
import { sendsToPages } from "./asked-by.ts";
import {
  decoded,
  isPlainJson,
  isMethod,
  judgedRefusal,
  refusalOf,
  unreadBesideStatus,
  withhold,
} from "./refusal-body.ts";
import { messageHeaders } from "./rewritten-head.ts";
import { messageEvent } from "../../lib/event-stream.ts";
import { EventRewriter } from "./event-rewriter.ts";
import type { McpAnswers, MessageFilter } from "./mcp-answers.ts";
import { type MessageReaders, passMessage, passResumed } from "./pass-message.ts";
import { eventLimit, mostRead, tooLarge } from "./read-limit.ts";
import { unknownTaskAnswer } from "./task-support.ts";
import { endOfListening, writeMcp } from "../respond/mcp.ts";
import { parseJson } from "../../lib/parse-json.ts";

/** Characters of events that wait for the answer to `initialize`, and for how long they do. */
const mostEarly = 65_536;
const earlyMs = 1_000;
const { rewritten, withoutBody, unchanged } = messageHeaders;

const eventsType = /^text\/event-stream\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/;

/**
 * Passes the answer of an MCP server on: a JSON answer when it is whole, an event stream event by event. Each message is read
 * and filtered before the caller gets it; what cannot be read is withheld. Cost beside passing bytes on: one JSON.parse and one walk
 * over the text.
 */
export class MessageSink implements AnswerSink {
  readonly #exchange: Exchange;
  readonly #evaluated: EvaluatedCall;
  readonly #answers: McpAnswers;
  readonly #filter: MessageFilter;
  readonly #readers: MessageReaders;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #head: AnswerHead = new ReceivedHead(0, []);
  /** Headers that name the session as its caller knows it. */
  #session: () => readonly string[] = () => [];
  #events: EventRewriter | null = null;
  /** Writes the head of an event stream, and the events that wait for it; null where nothing does. */
  #begin: (() => void) | null = null;
  #beginning: NodeJS.Timeout | undefined;
  #room = true;
  #isStopped = false;
  /** While an event waits for a definition. */
  #waiting: Promise<void> | null = null;

  constructor(exchange: Exchange, evaluated: EvaluatedCall, answers: McpAnswers, readers: MessageReaders) {
    this.#exchange = exchange;
    this.#evaluated = evaluated;
    this.#answers = answers;
    this.#filter = answers.filter(evaluated);
    this.#readers = readers;
  }

  /** An event stream that is no answer to a request is read as a whole, and dropped. */
  get isBounded(): boolean {
    return this.#events === null;
  }

  get #isSuccess(): boolean {
    return this.#head.status < 300;
  }

  get #kind(): string {
    return this.#evaluated.call.mcp?.kind ?? "request";
  }

  head(head: AnswerHead): void {
    this.#head = head;
    this.#session = this.#answers.head(this.#evaluated, head, this.#exchange.res);
    if (this.#evaluated.call.action === "initialize")
      this.#readers.requests.begun = head.header(transportSessionHeader) || null;
    const { status, type, isEventStream } = head;
    const detail = `status ${status}, content type ${type || "none"}`;
    const encoding = head.header("content-encoding") ?? "identity";
    if (encoding !== "identity") withhold(`${detail}, content encoding ${encoding}`);
    const isEvents = eventsType.test(type);
    if (!this.#isSuccess && isEventStream) withhold(detail);
    if (!this.#isSuccess || this.#kind === "notification" || this.#kind === "response" || this.#kind === "close")
      return;
    if (isEvents) this.#openEvents(head);
    else if (isEventStream || this.#kind === "stream") withhold(`${detail}, not an event stream`);
  }

  data(chunk: Buffer): boolean {
    this.#bytes += chunk.length;
    if (this.#events === null && this.#kind === "request" && this.#bytes > mostRead(this.#readers.judge))
      throw tooLarge(this.#readers.judge);
    if (this.#events === null) this.#chunks.push(chunk);
    else this.#waiting = this.#read((events) => events.feed(chunk)) ?? null;
    return this.#room && this.#waiting === null;
  }

  onDrain(resume: (failure?: Error) => void): void {
    const { res } = this.#exchange;
    const drained = (): void => {
      this.#room = true;
      resume();
    };
    if (this.#waiting === null) res.once("drain", drained);
    // It may have drained while an event was waited for.
    else
      this.#waiting.then(() => (this.#room || !res.writableNeedDrain ? drained() : res.once("drain", drained)), resume);
    this.#waiting = null;
  }

  /** Only whole events were written. */
  stop(): boolean {
    this.#isStopped = true;
    clearTimeout(this.#beginning);
    return this.#events !== null;
  }

  close(): boolean {
    // Before its head it may yet be refused, and an answer that has been read is not cut.
    if (this.#events === null || this.#begin !== null) return false;
    this.stop();
    this.#exchange.res.end(endOfListening(this.#evaluated.call));
    return true;
  }

  end(): void | Promise<void> {
    // What came last may still wait, and is not to be overtaken.
    if (this.#events !== null) return after<void | null, void>(this.#waiting, () => this.#endEvents());
    const body = joined(this.#chunks);
    if (!this.#isSuccess) return this.#endRefusal(body);
    if (this.#kind !== "request") return this.#write(Buffer.alloc(0), withoutBody);
    if (body.length === 0) throw new Refusal("upstream_answer_missing", { detail: `status ${this.#head.status}` });
    const { type } = this.#head;
    if (!isPlainJson(type)) withhold(`status ${this.#head.status}, content type ${type || "none"}`);
    const text = decoded(body);
    return after(this.#pass(text, body), (passed) => {
      if (!this.#filter.answered || passed === null)
        throw new Refusal("upstream_answer_missing", { detail: "a message that is no answer" });
      if (passed === text) this.#write(body, unchanged);
      else this.#write(Buffer.from(passed), rewritten);
    });
  }

  /**
   * The body of an answer that is no success, as it is: by it clients find out which era the server speaks. On a stream that is
   * already open nobody sees the status, so only an answer to the request passes there.
   */
  #endRefusal(body: Buffer): void | Promise<void> {
    const { shown, message } = refusalOf(body, this.#head);
    // As an event it would be a request of the server, which nobody has judged.
    if (this.#exchange.eventStreamOpen && isJsonObject(message) && Object.keys(message).some(isMethod))
      withhold("a refusal that is a request");
    if (isJsonObject(message) && sendsToPages(message["error"])) withhold("a refusal that sends people to pages");
    const ofTask = unknownTaskAnswer(this.#evaluated, message);
    if (ofTask !== null) return void writeMcp(this.#exchange.res, ofTask, 200, this.#evaluated.decisionId);
    const { judge } = this.#readers;
    if (judge !== null)
      return this.#endJudgedRefusal(shown, judge).catch((thrown: unknown) => {
        if (this.#exchange.eventStreamOpen) throw thrown;
        judge.noteWithheld(unreadBesideStatus(thrown, this.#evaluated.call, this.#head));
        this.#write(Buffer.alloc(0), withoutBody);
      });
    if (!this.#exchange.eventStreamOpen) return this.#write(shown, shown === body ? unchanged : rewritten);
    return after(this.#filter.pass(decoded(shown)), (passed) => {
      if (passed === null || (parseJson(passed) as JsonObject).id !== this.#evaluated.call.mcp?.id)
        withhold("an error without the request's id");
      this.#write(Buffer.from(passed), unchanged);
    });
  }

  async #endJudgedRefusal(shown: Buffer, judge: AnswerJudge): Promise<void> {
    // That a stream is not opened, or a notification not taken, reaches nobody who would act on its words.
    if (this.#kind !== "request") judge.stopLearning();
    const { isError, text, written } = await judgedRefusal(judge, shown, this.#head);
    if (!this.#exchange.eventStreamOpen) return this.#write(written, rewritten);
    if (!isError || (parseJson(text) as JsonObject)["id"] !== this.#evaluated.call.mcp?.id)
      withhold("an error without the request's id");
    this.#write(written, unchanged);
  }

  /** Null for a message that does not pass. */
  #pass(text: string, body?: Buffer): string | null | Promise<string | null> {
    const options = { filter: this.#filter, readers: this.#readers, status: this.#head.status };
    if (this.#kind === "stream") return passResumed(text, options);
    return passMessage(text, body === undefined ? options : { ...options, body });
  }

  /** With the event that is the answer its caller has all of it: the history has it before. */
  #passEvent(data: string): string | null | Promise<string | null> {
    const before = this.#filter.answered;
    return after(this.#pass(data), (passed) => {
      const saving = before || !this.#filter.answered ? null : saveOutcomeBeforeAnswer(this.#exchange);
      return saving === null ? passed : saving.then(() => passed);
    });
  }

  /** On a stream that is already open, the answer becomes one event: line breaks are white space in JSON, and would end it early. */
  #write(shown: Buffer, dropped: ReadonlySet<string>): void {
    const { res, eventStreamOpen } = this.#exchange;
    const { status, type } = this.#head;
    if (this.#isStopped) return;
    if (eventStreamOpen) {
      if (!this.#filter.answered) withhold(`status ${status}, content type ${type || "none"}`);
      res.end(messageEvent(shown.toString()));
      return;
    }
    const sized = status === 204 || status === 304 ? [] : ["Content-Length", String(shown.length)];
    res.writeHead(status, [...this.#head.passedOn(this.#own(), dropped), ...sized]);
    res.end(shown);
  }

  #own(): string[] {
    return ["Sallyport-Decision", this.#evaluated.decisionId, ...this.#session()];
  }

  #openEvents(head: AnswerHead): void {
    const { res, eventStreamOpen } = this.#exchange;
    // The answer may have ended while a definition was looked up.
    const write = (event: string): boolean => this.#isStopped || res.writableEnded || res.write(event);
    let early = "";
    const emit = (event: string): void => {
      if (this.#begin === null) return void (this.#room = write(event) && this.#room);
      early += event;
      // What the server asks may have to be answered before it answers itself.
      if (this.#filter.answered || this.#filter.asks || early.length > mostEarly) this.#begin();
    };
    this.#answers.opened(this.#exchange, this.#evaluated, write);
    this.#events = new EventRewriter(
      (data) => this.#passEvent(data),
      emit,
      eventLimit(this.#readers.judge, this.#evaluated.call.route),
    );
    if (eventStreamOpen) return;
    this.#begin = () => {
      clearTimeout(this.#beginning);
      if (this.#isStopped || res.writableEnded) return;
      res.writeHead(head.status, head.passedOn([...this.#own(), "X-Accel-Buffering", "no"], rewritten));
      res.flushHeaders();
      this.#begin = null;
      if (early !== "") emit(early);
    };
    // The id of a session holds what the answer says that begins it.
    if (this.#evaluated.call.action === "initialize")
      this.#beginning = setTimeout(() => this.#beginLate(), earlyMs).unref();
    else this.#begin();
  }

  /** In no turn of the answer, so that nobody could be told what fails: the answer, or its end, fails in the same way. */
  #beginLate(): void {
    try {
      if (!this.#exchange.res.headersSent) this.#begin?.();
    } catch {
      return;
    }
    // Whoever writes next finds out whether there is room.
    this.#room = true;
  }

  /** A client may ask for the rest of a stream whose events had ids; where they had none, no answer comes any more. */
  #endEvents(): void | Promise<void> {
    const complete = (events: EventRewriter): void => {
      const mayResume = this.#evaluated.call.mcp?.era === "legacy" && events.hasIds;
      if (this.#kind === "request" && !this.#filter.answered && !mayResume)
        throw new Refusal("upstream_answer_missing", { detail: "an event stream without the answer" });
    };
    const ending = this.#read((events) => after(events.end(), () => complete(events)));
    return after(ending, () => {
      if (this.#isStopped) return;
      this.#begin?.();
      this.#exchange.res.end();
    });
  }

  /** Only whole events were written, so that a refusal can be told as one more event, the answer to the request. */
  #read(work: (events: EventRewriter) => void | Promise<void>): void | Promise<void> {
    const failed = (thrown: unknown): never => {
      clearTimeout(this.#beginning);
      this.#exchange.eventStreamOpen = true;
      throw thrown;
    };
    try {
      const reading = this.#events === null ? undefined : work(this.#events);
      return reading?.catch(failed);
    } catch (thrown) {
      failed(thrown);
    }
  }
}
