import type { ToolCall } from "../../domain/tool-call.ts";
import type { EvaluatedCall, Exchange } from "../../domain/exchange.ts";
import { FairShare } from "../../domain/fair-share.ts";
import type { Outcome } from "../../domain/decision-record.ts";
import type { Clock, KnownResults } from "../../domain/ports.ts";
import { principalKey } from "../../domain/subject.ts";

/** Results in all and of one caller: with `mostResultBytes`, at most 64 MiB, and 4 MiB a caller. */
const capacity = 256;
const perCaller = 16;

/** How a released call ended. */
export interface KeptResult {
  /** The decision by which it was sent. */
  readonly decisionId: string;
  /** Milliseconds since the epoch. */
  readonly endedAt: number;
  readonly result: Result | LostResult;
}

/** There is nothing to give. too_large, withheld: it was executed. unknown: how it ended is not known. */
export type LostResult = "too_large" | "withheld" | "unknown";

interface Kept extends KeptResult {
  readonly caller: string;
  /** On the monotonic clock, in milliseconds. */
  readonly until: number;
}

/**
 * What became of calls that people approved, by approval, for as long as the route keeps it (`hold.keep_result`). A client that
 * gives up without a word has its call executed on a connection that nobody reads; when it repeats the call, the result is here.
 * In memory only: the store holds no results, and a key to seal them with would lie beside it.
 */
export class KeptResults implements KnownResults {
  readonly #clock: Clock;
  /** By approval: calls that are being sent, and those that are about to use it up. */
  readonly #running = new Map<string, Set<Promise<unknown>>>();
  readonly #ended: FairShare<Kept>;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#ended = new FairShare({ capacity, perAsker: perCaller, clock, full: "forget" });
  }

  get isEmpty(): boolean {
    return this.#running.size === 0 && this.#ended.size === 0;
  }

  has(approvalId: string): boolean {
    return this.#running.has(approvalId) || this.#ended.get(approvalId) !== undefined;
  }

  /** Settles when the call is no longer being executed; undefined when it is not now. Never rejects. */
  running(approvalId: string): Promise<unknown> | undefined {
    const running = this.#running.get(approvalId);
    return running === undefined ? undefined : Promise.all(running);
  }

  /** What it came to, and keeps it. */
  look(approvalId: string): KeptResult | undefined {
    return this.#ended.get(approvalId);
  }

  /** What it came to, which is then given to nobody else; `giveBack` undoes that. */
  take(approvalId: string): { readonly kept: KeptResult; readonly giveBack: () => void } | undefined {
    const kept = this.#ended.take(approvalId);
    if (kept === undefined) return undefined;
    return { kept, giveBack: () => this.#keep(approvalId, kept) };
  }

  /**
   * Notes that a call is about to use its approval up. Before the store knows it: whoever finds the approval used finds here
   * that it is being executed. @returns what ends that, when the approval was not used or the call has ended
   */
  expect(exchange: Exchange, evaluated: EvaluatedCall): () => void {
    const { id, status } = evaluated.facts.approval;
    if (id === null || status !== "approved" || !isKept(exchange, evaluated)) return nothingExpected;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#begin(id, promise);
    return () => {
      this.#endRun(id, promise);
      resolve();
    };
  }

  /**
   * Sends a call whose approval was just used up, and keeps what comes of it.
   */
  async during(
    exchange: Exchange,
    evaluated: EvaluatedCall,
    approvalId: string,
    send: (capture: ResultCapture | null) => Promise<Outcome>,
  ): Promise<Outcome> {
    if (!isKept(exchange, evaluated)) return send(null);
    const capture = new ResultCapture(evaluated.call);
    const sending = send(capture);
    const ended: Promise<void> = sending.then(
      (outcome) => {
        this.#endRun(approvalId, ended);
        this.#end(evaluated, approvalId, capture, outcome);
      },
      () => this.#endRun(approvalId, ended),
    );
    this.#begin(approvalId, ended);
    await ended;
    return sending;
  }

  #begin(approvalId: string, run: Promise<unknown>): void {
    const running = this.#running.get(approvalId);
    if (running === undefined) this.#running.set(approvalId, new Set([run]));
    else running.add(run);
  }

  #endRun(approvalId: string, run: Promise<unknown>): void {
    const running = this.#running.get(approvalId);
    running?.delete(run);
    if (running?.size === 0) this.#running.delete(approvalId);
  }

  #end(evaluated: EvaluatedCall, approvalId: string, capture: ResultCapture, { kind }: Outcome): void {
    // Nothing was executed: the same call is a new one.
    if (kind === "failed") return;
    const whole =
      kind === "forwarded" ? (capture.result() ?? (capture.isTooLarge ? "too_large" : "unknown")) : lostBy(kind);
    this.#keep(approvalId, {
      decisionId: evaluated.decisionId,
      endedAt: this.#clock.now(),
      result: whole,
      caller: principalKey(evaluated.subject),
      until: this.#clock.monotonic() + evaluated.call.route.hold.keepResultMs,
    });
  }

  #keep(approvalId: string, kept: Kept): void {
    const left = kept.until - this.#clock.monotonic();
    if (left > 0) this.#ended.set(kept.caller, approvalId, kept, left);
  }
}

function lostBy(kind: Outcome["kind"]): LostResult {
  return kind === "withheld" ? "withheld" : "unknown";
}

const nothingExpected = (): void => undefined;

/** A call under a wider permission may run again, and the result of a task is kept with the task. */
function isKept({ task }: Exchange, { call, facts }: EvaluatedCall): boolean {
  return call.route.hold.keepResultMs > 0 && task === undefined && facts.approval.grant === null;
}

/** The largest result that is kept, in bytes of its body or of its JSON-RPC message. */
export const mostResultBytes = 256 * 1_024;

/** What a caller got of a tool server, to be given once more. */
export type Result =
  | { readonly kind: "http"; readonly status: number; readonly headers: readonly string[]; readonly body: Buffer }
  | { readonly kind: "mcp"; readonly era: "legacy" | "modern"; readonly message: string };

/** Takes a copy of one result while it passes to its caller; a larger one than `mostResultBytes` is let go. */
export class ResultCapture {
  readonly #era: "legacy" | "modern" | null;
  #status = 0;
  #headers: readonly string[] = [];
  #chunks: Buffer[] = [];
  #bytes = 0;
  #message: string | null = null;

  constructor({ mcp, operation }: Pick<ToolCall, "mcp" | "operation">) {
    this.#era = operation === undefined ? (mcp?.era ?? null) : null;
  }

  get isTooLarge(): boolean {
    return this.#bytes > mostResultBytes;
  }

  /** Of plain HTTP: status and headers as the caller gets them, without the gateway's own. */
  head(status: number, headers: readonly string[]): void {
    this.#status = status;
    this.#headers = headers;
  }

  data(chunk: Buffer): void {
    if (this.#fits(chunk.length)) this.#chunks.push(Buffer.from(chunk));
  }

  /** Of MCP: the answer to the request, as the caller gets it. */
  message(text: string): void {
    if (this.#fits(Buffer.byteLength(text))) this.#message = text;
  }

  /** Null when there is none, or it is too large. */
  result(): Result | null {
    if (this.isTooLarge) return null;
    if (this.#era !== null)
      return this.#message === null ? null : { kind: "mcp", era: this.#era, message: this.#message };
    const body = Buffer.concat(this.#chunks);
    return this.#status === 0 ? null : { kind: "http", status: this.#status, headers: this.#headers, body };
  }

  #fits(bytes: number): boolean {
    this.#bytes += bytes;
    if (!this.isTooLarge) return true;
    this.#chunks = [];
    return false;
  }
}
