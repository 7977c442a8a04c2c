import { hash, type Hash, createHash } from "node:crypto";
import { setImmediate as endOfTurn } from "node:timers/promises";
import { Client, type Dispatcher, Pool } from "undici";
import { Refusal } from "../domain/errors.ts";
import type { Gone } from "../domain/gone.ts";
import { digested, digestedText } from "../domain/request-digest.ts";
import type { Route } from "../domain/route.ts";
import type { CanonicalRequest, ToolCall } from "../domain/tool-call.ts";
import { Turn } from "../domain/turn.ts";
import { assertOrigin, checkedLookup } from "./addresses.ts";
import { AnswerHead } from "./answer-head.ts";
import type { AnswerSink, Sent } from "./answer-sink.ts";

export interface SendOptions {
  /** Own headers, flat; none of the caller's credentials is among them. */
  readonly headers: readonly string[];
  /** A connection of its own, closed afterwards: for calls that people released. */
  readonly exclusive: boolean;
  /** Of whom the answer is for; sending is all that waits for it. */
  readonly gone: Gone;
  /** No time limit between body chunks: event streams are silent for long. */
  readonly mayIdle: boolean;
}

/** Connections to the tool servers, one pool a route. Nothing else in the gateway opens a connection to them. */
export class Upstreams {
  readonly #turn = new Turn();
  readonly #pools = new Map<string, Pool>();
  /** Connections of their own that are still open. */
  readonly #exclusive = new Set<Client>();

  /** Sends what was judged and settles when the answer has ended, one way or the other. */
  send({ route, request }: ToolCall, options: SendOptions, sink: AnswerSink): Promise<Sent> {
    return new Promise((settle) => {
      const dispatch = dispatchOptions(route, request, options);
      assertJudged(dispatch, request);
      const own = options.exclusive ? this.#ownClient(route) : null;
      const settled = (sent: Sent): void => {
        if (own !== null) this.#end(own);
        this.#turn.atEnd(() => settle(sent));
      };
      (own ?? this.#pool(route)).dispatch(
        dispatch,
        new Relay(sink, route.upstream, request.digest, options.gone, settled),
      );
    });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.close()));
  }

  async destroy(): Promise<void> {
    await Promise.all([...this.#pools.values(), ...this.#exclusive].map((connections) => connections.destroy()));
    // What was cut off is told at the end of this turn, before this goes on, and has to be recorded while the log is still open.
    await endOfTurn();
  }

  #ownClient(route: Route): Client {
    const client = new Client(route.upstream.origin, connection(route));
    this.#exclusive.add(client);
    return client;
  }

  #end(client: Client): void {
    this.#exclusive.delete(client);
    // One that is destroyed has nothing to close, and says so by rejecting.
    if (!client.destroyed) void client.close();
  }

  #pool(route: Route): Pool {
    const known = this.#pools.get(route.id);
    if (known !== undefined) return known;
    const pool = new Pool(route.upstream.origin, { ...connection(route), connections: route.upstream.connections });
    this.#pools.set(route.id, pool);
    return pool;
  }
}

function connection(route: Route): Client.Options {
  const { upstream } = route;
  assertOrigin(upstream.origin, upstream.addresses);
  return {
    pipelining: 1,
    headersTimeout: upstream.headersTimeoutMs,
    bodyTimeout: upstream.bodyTimeoutMs,
    connect: { timeout: upstream.connectTimeoutMs, lookup: checkedLookup(upstream.addresses) },
  };
}

function dispatchOptions(route: Route, request: CanonicalRequest, options: SendOptions) {
  return {
    origin: route.upstream.origin,
    method: request.method,
    path: request.target,
    headers: options.headers as string[],
    body: request.body.length === 0 ? null : request.body,
    reset: options.exclusive,
    ...(options.mayIdle ? { bodyTimeout: 0 } : {}),
  };
}

/** What is handed to the socket is what was judged: it is written out anew, its body by the bytes as they are now, and compared. */
function assertJudged({ method, path }: ReturnType<typeof dispatchOptions>, request: CanonicalRequest): void {
  if (digestedText(method, path, request.contentType, request.body) === request.digestedText) return;
  const { digest } = digested(method, path, request.contentType, request.body);
  throw new Refusal("digest_mismatch", { detail: `judged ${request.digest}, to be sent ${digest}` });
}

/** Carries one answer from the socket to a sink, with back-pressure, a size cap and a digest of what passed. */
class Relay implements Dispatcher.DispatchHandler {
  readonly #sink: AnswerSink;
  #maxBytes: number;
  readonly #patienceMs: number;
  readonly #forwardedDigest: string;
  readonly #gone: Gone;
  readonly #settle: (sent: Sent) => void;
  #controller: Dispatcher.DispatchController | null = null;
  #status: number | null = null;
  #bytes = 0;
  #only: Buffer | null = null;
  #hash: Hash | null = null;
  #slow: NodeJS.Timeout | undefined;

  constructor(sink: AnswerSink, upstream: Route["upstream"], digest: string, gone: Gone, settle: (sent: Sent) => void) {
    this.#sink = sink;
    this.#maxBytes = upstream.maxResponseBytes;
    this.#patienceMs = upstream.bodyTimeoutMs;
    this.#forwardedDigest = digest;
    this.#gone = gone;
    this.#settle = settle;
  }

  readonly #leave = (): void => this.#controller?.abort(new Refusal("client_gone"));

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#gone.aborted) this.#leave();
    else this.#gone.onLeave = this.#leave;
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (status < 200) return;
    this.#status = status;
    const head = new AnswerHead(status, controller.rawHeaders as readonly Buffer[]);
    // An event stream goes on for as long as both sides want; a sink that keeps it in memory has a cap of its own.
    if (head.isEventStream) this.#maxBytes = Infinity;
    this.#sink.head(head);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#maxBytes) throw new Refusal("upstream_too_large");
    this.#digest(chunk);
    if (this.#sink.data(chunk)) return;
    controller.pause();
    // A caller that stops reading would keep a connection of the pool for itself, and a few such callers all of them.
    this.#slow = setTimeout(() => controller.abort(stoppedReading()), this.#patienceMs);
    this.#sink.onDrain(() => {
      clearTimeout(this.#slow);
      controller.resume();
    });
  }

  onResponseEnd(): void {
    try {
      this.#sink.end();
      this.#finish(null);
    } catch (thrown) {
      this.#finish(thrown instanceof Error ? thrown : new Error(String(thrown)));
    }
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#finish(error);
  }

  /** Most answers are one chunk: hashed in one go, without a hash object. */
  #digest(chunk: Buffer): void {
    if (this.#only === null && this.#hash === null) this.#only = chunk;
    else {
      this.#hash ??= createHash("sha256").update(this.#only ?? "");
      this.#only = null;
      this.#hash.update(chunk);
    }
  }

  #finish(error: Error | null): void {
    clearTimeout(this.#slow);
    this.#gone.onLeave = null;
    const hex = this.#hash?.digest("hex") ?? (this.#only === null ? null : hash("sha256", this.#only, "hex"));
    this.#settle({
      status: this.#status,
      forwardedDigest: this.#forwardedDigest,
      responseDigest: hex === null ? null : `sha256:${hex}`,
      responseBytes: this.#bytes,
      started: this.#controller !== null,
      gone: this.#gone.aborted,
      error,
    });
  }
}

function stoppedReading(): Refusal {
  return new Refusal("client_gone", { detail: "the caller stopped reading the answer" });
}
