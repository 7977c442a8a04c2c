import { type Dispatcher, errors } from "undici";
import { Refusal } from "../../domain/errors.ts";
import type { ClientConnection } from "../../domain/connections.ts";
import type { AnswerDigests, DigestOmitted } from "../../domain/decision-record.ts";
import type { CallUnderWay, UnderWay } from "../../domain/ports.ts";
import { cutShort, type EndedBy, notBegun, type Revocable } from "../../domain/revocation.ts";
import type { Subject } from "../../domain/subject.ts";
import { listens, type ToolCall } from "../../domain/tool-call.ts";
import { ReceivedHead } from "./answer-head.ts";
import { type CallAccess, revocableOf } from "./call-access.ts";
import { DocumentEvents, isConcatenatedJson } from "./document-events.ts";
import type { Scrubbing } from "../credentials/scrub.ts";
import type { AnswerSink } from "../../domain/upstream-answer.ts";
import { isUnanswered, type Sending } from "./inner-dispatch.ts";
import { type BodySource, Passage } from "./passage.ts";
import type { Sent } from "./upstreams.ts";

export interface AnswerRelayOptions {
  readonly call: ToolCall;
  readonly access: CallAccess;
  readonly underWay: UnderWay;
  readonly sink: AnswerSink;
  /** What was injected and must not come back; null: nothing. */
  readonly scrubbing: Scrubbing | null;
  /** Of whom the answer is for. */
  readonly connection: ClientConnection;
  /** The connection has no limit of its own between body chunks, since an event stream may come. */
  readonly mayIdle: boolean;
  /** Of which answers a digest is made. */
  readonly digests: AnswerDigests;
  /** Rules have a say about each event of an event stream. */
  readonly judgesEvents: boolean;
  readonly settle: (sent: Sent) => void;
  /** Calls the request off at its tool server; undefined where that is done by cutting its connection. */
  readonly cancel: (by: EndedBy) => Promise<void> | undefined;
}

interface SentOver {
  readonly over: Sending;
  readonly request: Dispatcher.DispatchOptions;
}

/** Carries one answer from the socket to a sink, with back-pressure, time limits, a size cap and a digest of what passed. */
export class AnswerRelay implements Dispatcher.DispatchHandler, CallUnderWay, BodySource {
  readonly #options: AnswerRelayOptions;
  readonly #sink: AnswerSink;
  readonly #passage: Passage;
  #maxBytes: number;
  /** Of an answer that comes as documents: makes events of them. */
  #documents: DocumentEvents | null = null;
  #controller: Dispatcher.DispatchController | null = null;
  /** Over what, and what is sent; null until then. Kept as they are: a function of each call keeps the call until all memory is collected. */
  #sending: SentOver | null = null;
  /** Until then the request is not sent. */
  #looking: Promise<boolean> | null = null;
  #mayLook = true;
  #sentAt = 0;
  #status: number | null = null;
  #bytes = 0;
  /** For the head, or more of the body. */
  #timer: NodeJS.Timeout | undefined;
  #limitsPauses = false;
  #what: Revocable | null = null;
  #endedBy: EndedBy | null = null;
  #mayTell = false;
  #isFinished = false;
  /** The answer is an event stream without an end of its own. */
  #isOpen: boolean;

  constructor(options: AnswerRelayOptions) {
    this.#options = options;
    this.#sink = options.scrubbing ?? options.sink;
    this.#passage = new Passage(this.#sink, this, options.call.route.upstream.bodyTimeoutMs);
    this.#maxBytes = options.call.route.upstream.maxResponseBytes;
    this.#isOpen = options.call.mcp?.kind === "stream";
  }

  get what(): Revocable {
    const { call, access } = this.#options;
    return (this.#what ??= revocableOf(call, access));
  }

  get subject(): Subject {
    return this.#options.access.subject;
  }

  /** An event stream that answers one call of MCP ends with the call. */
  get isStream(): boolean {
    const { call } = this.#options;
    return call.mcp === null ? this.#isOpen : listens(call);
  }

  get since(): number {
    return this.#options.access.since;
  }

  /**
   * Sends the request, unless access has ended since it was judged: nothing runs between the look and the entry, and whatever
   * ends access from then on finds it entered.
   */
  sendOver(dispatcher: Sending, request: Dispatcher.DispatchOptions): void {
    const by = this.#options.underWay.enter(this);
    if (by !== null) return this.#end(by);
    this.#sending = { over: dispatcher, request };
    this.#send();
  }

  #send(): void {
    const { over, request } = this.#sending as SentOver;
    over.dispatch(request, this);
  }

  cut(by: EndedBy): Promise<void> | void {
    this.#end(by);
    const controller = this.#controller;
    if (controller === null) return;
    const cut = (): void => controller.abort(cutShort(by));
    const cancelling = this.#cancel(by);
    return cancelling === undefined ? cut() : cancelling.then(cut);
  }

  stopListening(): void {
    const { call, sink } = this.#options;
    if (!listens(call)) return;
    this.#passage.passKept();
    if (this.#isFinished || sink.close?.() !== true) return;
    this.#finish(null);
    this.#controller?.abort(new Refusal("draining"));
  }

  /** A notification that cannot be put together keeps nothing from being cut. */
  #cancel(by: EndedBy): Promise<void> | undefined {
    try {
      return this.#options.cancel(by);
    } catch {
      return undefined;
    }
  }

  /** The caller is told at once; nothing of the answer passes any more. One that waits for a connection is never sent. */
  #end(by: EndedBy): void {
    this.#endedBy = by;
    this.#mayTell = this.#options.sink.stop?.() ?? false;
    this.#finish(this.#controller === null ? notBegun(by) : cutShort(by));
  }

  readonly #leave = (): void => this.#controller?.abort(new Refusal("client_gone"));

  onRequestStart(controller: Dispatcher.DispatchController): void {
    const { connection, underWay } = this.#options;
    // Before the first byte is written.
    if (this.#endedBy !== null) return controller.abort(notBegun(this.#endedBy));
    // While it waited for a connection this process may have stood still, also once more. A store that does not answer is asked once.
    this.#looking = this.#mayLook ? underWay.upToDate() : null;
    // It gives its connection back, and waits for another when it is known what has ended.
    if (this.#looking !== null) return controller.abort(new Error("not sent yet"));
    this.#controller = controller;
    this.#sentAt = performance.now();
    if (connection.aborted) this.#leave();
    else connection.onLeave = this.#leave;
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (this.#isFinished) return;
    if (status < 200) return this.#expectHead(controller);
    clearTimeout(this.#timer);
    this.#status = status;
    const { call, scrubbing, mayIdle } = this.#options;
    // It is about the gateway's credential; a client would take it for its own token, and begin to sign in anew.
    if (status === 401 && call.mcp !== null) throw new Refusal("upstream_unauthorized");
    const raw = controller.rawHeaders as readonly Buffer[];
    const head = this.#read(new ReceivedHead(status, scrubbing?.headers(raw) ?? raw, call));
    head.assertReadable(head.isEventStream ? Infinity : this.#maxBytes);
    if (scrubbing === null) this.#sink.head(head);
    else scrubbing.head(head);
    // An event stream goes on for as long as both sides want.
    const isOpen = head.isEventStream && this.#sink.isBounded !== true;
    if (isOpen) {
      this.#maxBytes = Infinity;
      this.#isOpen = true;
    }
    this.#passage.digest.omitted = this.#digestOmitted(isOpen && this.#sink.keepsWhole !== true);
    this.#limitsPauses = mayIdle && !isOpen;
    this.#expectMore(controller);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#isFinished) return;
    this.#bytes += chunk.length;
    if (this.#bytes > this.#maxBytes) throw new Refusal("upstream_too_large");
    this.#take(this.#documents?.feed(chunk) ?? chunk);
  }

  #take(piece: Buffer): void {
    if (piece.length === 0) return;
    if (this.#isOpen) this.#passage.takeTogether(piece);
    else this.#passage.take(piece);
  }

  onResponseEnd(): void {
    if (this.#isFinished) return;
    if (this.#documents !== null) this.#take(this.#documents.end());
    this.#passage.end();
  }

  #read(head: ReceivedHead): ReceivedHead {
    const { call } = this.#options;
    if (!isConcatenatedJson(call, head)) return head;
    this.#documents = new DocumentEvents(call.route.upstream.maxResponseBytes);
    return head.asEvents();
  }

  pause(): void {
    this.#controller?.pause();
    clearTimeout(this.#timer);
  }

  resume(): void {
    const controller = this.#controller as Dispatcher.DispatchController;
    this.#expectMore(controller);
    controller.resume();
  }

  taken(): void {
    if (this.#limitsPauses) this.#timer?.refresh();
  }

  /** The connection to the tool server is ended with the answer that fails, unless that is done with; a bridge is told even then. */
  over(error: Error | null): void {
    if (error === null || this.#passage.hasEnded) this.#finish(error);
    if (error !== null) this.#controller?.abort(error);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const looking = this.#looking;
    if (looking === null) return this.#fail(error);
    this.#looking = null;
    void looking.then((couldLook) => {
      this.#mayLook = couldLook;
      if (!this.#isFinished) this.#send();
    });
  }

  /** Between two messages of a bridge that has no answer, the caller can be told in one more. */
  #fail(error: Error): void {
    this.#passage.passKept();
    if (error instanceof Refusal && isUnanswered(error.code) && !this.#isFinished)
      this.#mayTell = this.#options.sink.stop?.() ?? false;
    this.#finish(error);
  }

  #digestOmitted(isOpen: boolean): DigestOmitted | null {
    const { digests, judgesEvents } = this.#options;
    if (digests === "off") return "off";
    return digests === "whole" && isOpen && !judgesEvents ? "event_stream" : null;
  }

  get #bodyTimeoutMs(): number {
    return this.#options.call.route.upstream.bodyTimeoutMs;
  }

  /** Each informational answer (1xx) begins the connection's own wait for the head anew; the time for all of them is counted from the request on. */
  #expectHead(controller: Dispatcher.DispatchController): void {
    if (this.#timer !== undefined) return;
    const leftMs = this.#options.call.route.upstream.headersTimeoutMs - (performance.now() - this.#sentAt);
    const late = (): void => controller.abort(new errors.HeadersTimeoutError("only informational answers came"));
    this.#timer = setTimeout(late, Math.max(1, leftMs));
  }

  /** For callers that take event streams, the connection does not limit pauses; in any other answer to them they are limited here. */
  #expectMore(controller: Dispatcher.DispatchController): void {
    if (!this.#limitsPauses) return;
    this.#timer = setTimeout(() => controller.abort(new errors.BodyTimeoutError()), this.#bodyTimeoutMs);
  }

  #finish(error: Error | null): void {
    // An end finishes it first, and then its connection is cut.
    if (this.#isFinished) return;
    this.#isFinished = true;
    const { call, connection, settle, underWay } = this.#options;
    underWay.leave(this);
    this.#passage.stop();
    clearTimeout(this.#timer);
    connection.onLeave = null;
    settle({
      status: this.#status,
      forwardedDigest: call.request.digest,
      ...this.#passage.digest.recorded(),
      removed: this.#options.scrubbing?.removed ?? 0,
      started: this.#controller !== null,
      callerLeft: connection.aborted,
      endedBy: this.#endedBy,
      mayTell: this.#mayTell,
      error,
    });
  }
}
