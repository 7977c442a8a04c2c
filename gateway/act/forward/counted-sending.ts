import type { Dispatcher } from "undici";
import { calledOffMs, type CountedCall } from "../../domain/counted-call.ts";
import { Refusal } from "../../domain/errors.ts";
import { listens, type ToolCall } from "../../domain/tool-call.ts";
import type { Sending } from "./inner-dispatch.ts";

/**
 * Sends a call that is counted as under way. When its caller leaves, its answer is read to its end, for nobody: most tool servers go on with
 * a call whose connection is closed, and nobody could tell when they are done.
 */
export function countedSending(over: Sending, call: ToolCall, counted: CountedCall): Sending {
  return { dispatch: (request, handler) => over.dispatch(request, new CountedAnswer(handler, call, counted)) };
}

/** Stands between the connection and whoever reads the answer, and takes the reader's place when its caller has left. */
class CountedAnswer implements Dispatcher.DispatchHandler {
  readonly #reader: Dispatcher.DispatchHandler;
  readonly #call: ToolCall;
  readonly #counted: CountedCall;
  readonly #over = Promise.withResolvers<void>();
  #control: Control | null = null;
  #bytes = 0;
  /** What closes the connection is also what ends it in its protocol. */
  #isClosedByLeaving: boolean;
  #hasLeft = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(reader: Dispatcher.DispatchHandler, call: ToolCall, counted: CountedCall) {
    this.#reader = reader;
    this.#call = call;
    this.#counted = counted;
    // MCP 2026-07-28: "closing the stream" cancels its request.
    this.#isClosedByLeaving = listens(call) || call.mcp?.era === "modern";
  }

  onRequestStart(controller: Dispatcher.DispatchController, context: unknown): void {
    const control = new Control(controller, (reason) => this.#abort(controller, reason));
    // What is aborted before it is sent is not sent.
    this.#reader.onRequestStart?.(control, context);
    control.isSent = true;
    this.#control = control;
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    ...[status, headers, text]: [number, Record<string, string | string[] | undefined>, string?]
  ): void {
    if (this.#hasLeft) return;
    const type = String(headers["content-type"] ?? "");
    if (this.#call.mcp === null && type.startsWith("text/event-stream")) this.#isClosedByLeaving = true;
    this.#reader.onResponseStart?.(this.#control ?? controller, status, headers, text);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#hasLeft) return this.#reader.onResponseData?.(this.#control ?? controller, chunk);
    this.#bytes += chunk.length;
    if (this.#bytes > this.#call.route.upstream.maxResponseBytes) controller.abort(new Refusal("upstream_too_large"));
  }

  onResponseEnd(controller: Dispatcher.DispatchController, trailers: Record<string, string | string[]>): void {
    if (this.#hasLeft) this.#end();
    else this.#reader.onResponseEnd?.(this.#control ?? controller, trailers);
  }

  onResponseError(controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#hasLeft) this.#end();
    else this.#reader.onResponseError?.(this.#control ?? controller, error);
  }

  #abort(controller: Dispatcher.DispatchController, reason: Error): void {
    if (this.#hasLeft || !(reason instanceof Refusal) || reason.code !== "client_gone") return controller.abort(reason);
    this.#counted.over = this.#over.promise;
    if (this.#isClosedByLeaving) {
      this.#endAfter(calledOffMs, () => this.#end());
      return controller.abort(reason);
    }
    this.#hasLeft = true;
    const { headersTimeoutMs, bodyTimeoutMs } = this.#call.route.upstream;
    this.#endAfter(Math.max(headersTimeoutMs, bodyTimeoutMs), () => controller.abort(reason));
    controller.resume();
    this.#reader.onResponseError?.(controller, reason);
  }

  #endAfter(ms: number, end: () => void): void {
    this.#timer = setTimeout(end, ms);
    this.#timer.unref();
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.#over.resolve();
  }
}

/** What the reader controls the answer by. */
class Control implements Dispatcher.DispatchController {
  isSent = false;
  readonly #controller: Dispatcher.DispatchController;
  readonly #abort: (reason: Error) => void;

  constructor(controller: Dispatcher.DispatchController, abort: (reason: Error) => void) {
    this.#controller = controller;
    this.#abort = abort;
  }

  get aborted(): boolean {
    return this.#controller.aborted;
  }

  get paused(): boolean {
    return this.#controller.paused;
  }

  get reason(): Error | null {
    return this.#controller.reason;
  }

  get rawHeaders() {
    return this.#controller.rawHeaders ?? null;
  }

  get rawTrailers() {
    return this.#controller.rawTrailers ?? null;
  }

  abort(reason: Error): void {
    if (this.isSent) this.#abort(reason);
    else this.#controller.abort(reason);
  }

  pause(): void {
    this.#controller.pause();
  }

  resume(): void {
    this.#controller.resume();
  }
}
