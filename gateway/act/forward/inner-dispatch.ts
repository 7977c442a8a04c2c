import { type Dispatcher, errors } from "undici";
import type { ErrorCode } from "../../domain/errors.ts";
import type { InnerCaller, InnerUpstream } from "../../domain/ports.ts";
import { callerKey, type Subject } from "../../domain/subject.ts";
import { asError } from "../../lib/as-error.ts";
import { oncePer } from "../../lib/caches.ts";

/** Of undici's dispatcher what requests are sent over. */
export type Sending = Pick<Dispatcher, "dispatch">;

interface InnerOptions {
  readonly inner: InnerUpstream;
  readonly caller: InnerCaller;
  /** Until the head of the answer, in milliseconds. */
  readonly headersTimeoutMs: number;
  /** Told of each request as it begins and as it ends. */
  readonly open: Set<{ abort(reason: Error): void }>;
}

/** What a bridge says of a request to which no answer comes any more: its server has ended, or its caller has called it off. */
export function isUnanswered(code: ErrorCode | null): boolean {
  return code === "upstream_ended" || code === "call_cancelled";
}

/** Sends requests to a bridge inside of the gateway in the way in which undici sends them over a connection. */
export function innerDispatch(options: InnerOptions): Sending {
  return {
    dispatch(request, handler) {
      const exchange = new InnerExchange(handler, options);
      void exchange.run(request);
      return true;
    },
  };
}

/** Whose sessions and whose process a call of this subject uses. */
export const innerCaller = oncePer((subject: Subject): InnerCaller => ({
  principal: callerKey(subject),
  person: JSON.stringify([subject.issuer, subject.actingFor?.id ?? subject.id]),
}));

/** One request and its answer. */
class InnerExchange implements Dispatcher.DispatchController {
  aborted = false;
  paused = false;
  reason: Error | null = null;
  rawHeaders: Buffer[] = [];
  rawTrailers: Buffer[] = [];
  readonly #handler: Dispatcher.DispatchHandler;
  readonly #options: InnerOptions;
  readonly #ended = new AbortController();
  #isFinished = false;
  #resumed: (() => void) | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(handler: Dispatcher.DispatchHandler, options: InnerOptions) {
    this.#handler = handler;
    this.#options = options;
    options.open.add(this);
  }

  abort(reason: Error): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    this.#fail(reason);
    this.#ended.abort(reason);
    this.resume();
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.#resumed?.();
    this.#resumed = null;
  }

  /** Never rejects: the handler is told. */
  async run({ method, path, headers, body }: Dispatcher.DispatchOptions): Promise<void> {
    const { inner, caller } = this.#options;
    try {
      const response = await inner.send({
        method,
        target: path,
        headers: headers as readonly string[],
        body: body as Buffer | null,
        caller,
        signal: this.#ended.signal,
        begin: () => this.#begin(),
      });
      if (this.aborted) return void response.body?.cancel().catch(() => undefined);
      this.#head(response);
      await this.#body(response.body);
      if (this.#isFinished) return;
      this.#handler.onResponseEnd?.(this, {});
      this.#finish();
    } catch (thrown) {
      this.abort(asError(thrown));
    }
  }

  #begin(): void {
    const late = (): void => this.abort(new errors.HeadersTimeoutError());
    this.#timer = setTimeout(late, this.#options.headersTimeoutMs);
    this.#handler.onRequestStart?.(this, null);
  }

  #head({ status, headers, statusText }: Response): void {
    clearTimeout(this.#timer);
    this.rawHeaders = [...headers].flatMap(([name, value]) => [Buffer.from(name), Buffer.from(value, "latin1")]);
    this.#handler.onResponseStart?.(this, status, Object.fromEntries(headers), statusText);
  }

  async #body(body: Response["body"]): Promise<void> {
    if (body === null) return;
    const reader = body.getReader();
    const cancel = (): void => void reader.cancel(this.reason).catch(() => undefined);
    this.#ended.signal.addEventListener("abort", cancel, { once: true });
    if (this.aborted) cancel();
    for (;;) {
      const { done, value } = await reader.read();
      if (done || this.aborted) return;
      this.#handler.onResponseData?.(this, Buffer.from(value));
      if (this.paused) await new Promise<void>((resolve) => (this.#resumed = resolve));
    }
  }

  #fail(error: Error): void {
    if (this.#isFinished) return;
    this.#finish();
    this.#handler.onResponseError?.(this, error);
  }

  #finish(): void {
    this.#isFinished = true;
    clearTimeout(this.#timer);
    this.#options.open.delete(this);
  }
}
