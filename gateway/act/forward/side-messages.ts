import type { Dispatcher, Pool } from "undici";
import type { Route } from "../../domain/route.ts";
import type { ToolCall } from "../../domain/tool-call.ts";
import { inject, type Injection } from "../credentials/injection.ts";
import type { Sending } from "./inner-dispatch.ts";

/** So many can be told at once; the connections are other ones than those of the calls that the messages are about. */
export const sideConnections = 16;

/** Messages of one route that are sent or wait for a connection. A tool server that asks without end has others dropped. */
const mostOpen = 256;

/** A message that no server has answered by then is given up, in milliseconds. */
const openMs = 10_000;

/** Speak of the request itself, and would belie another message. */
const ofRequest = /^(?:mcp-method|mcp-name|mcp-param-.*|idempotency-key|last-event-id|prefer|accept|content-type)$/;

/** Headers and credentials of the request that a message is about. */
export interface SentWith {
  readonly headers: readonly string[];
  readonly injection: Injection;
}

interface Way {
  /** What the request was sent over, where that is no pool of connections. */
  readonly over: Sending | null;
  /** Longest wait for the answer, in milliseconds; the message itself goes on. Absent: as long as the message is open. */
  readonly withinMs?: number;
}

/** Of the messages of one route: how many are open at once, and for how many milliseconds one is. */
export interface SideBounds {
  readonly mostOpen: number;
  readonly openMs: number;
}

/**
 * Posts messages of the gateway's own to MCP servers before 2026-07-28, in the session and with the credential of a request that is
 * under way there (MCP 2025-11-25, "Sending Messages to the Server").
 */
export class SideMessages {
  readonly #connect: (route: Route) => Pool;
  readonly #bounds: SideBounds;
  readonly #pools = new Map<string, Pool>();
  /** How many messages of each route are open. */
  readonly #open = new Map<string, number>();

  constructor(connect: (route: Route) => Pool, bounds: SideBounds = { mostOpen, openMs }) {
    this.#connect = connect;
    this.#bounds = bounds;
  }

  /**
   * Resolves to the HTTP status of the answer; null when the server cannot be reached or does not answer in time, and when too many
   * messages to it are open; never rejects. `sent`: what the request was sent with. @throws at once when the message cannot be put
   * together
   */
  post(
    { route, request }: ToolCall,
    sent: SentWith,
    message: string,
    { over, withinMs = Infinity }: Way,
  ): Promise<number | null> {
    const posted = {
      origin: route.upstream.origin,
      method: "POST",
      path: request.target,
      headers: [...withoutRequest(sent.headers), ...ofMessage],
      body: Buffer.from(message),
    };
    // A credential in the body has its place in the body of the request alone.
    const { request: signed } = inject(posted, { ...sent.injection, body: [] });
    const { mostOpen: most, openMs: lifeMs } = this.#bounds;
    const before = this.#open.get(route.id) ?? 0;
    if (before >= most) return Promise.resolve(null);
    const pool = over ?? this.#pool(route);
    this.#open.set(route.id, before + 1);
    const unread = new Unread(lifeMs, () => this.#ended(route.id));
    try {
      pool.dispatch(signed, unread);
    } catch {
      unread.onResponseError();
    }
    return unread.statusWithin(withinMs);
  }

  async destroy(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.destroy()));
  }

  #ended(route: string): void {
    const left = (this.#open.get(route) ?? 1) - 1;
    if (left === 0) this.#open.delete(route);
    else this.#open.set(route, left);
  }

  #pool(route: Route): Pool {
    const known = this.#pools.get(route.id);
    if (known !== undefined) return known;
    const pool = this.#connect(route);
    this.#pools.set(route.id, pool);
    return pool;
  }
}

const ofMessage = ["content-type", "application/json", "accept", "application/json, text/event-stream"];

function withoutRequest(headers: readonly string[]): string[] {
  return headers.filter((_, at) => !ofRequest.test((headers[at - (at % 2)] as string).toLowerCase()));
}

/** What the server says to it is of no interest; that it has said something is. The message ends with the answer, or when its time is over. */
class Unread implements Dispatcher.DispatchHandler {
  readonly #status = Promise.withResolvers<number | null>();
  readonly #ended: () => void;
  readonly #timer: NodeJS.Timeout;
  #controller: Dispatcher.DispatchController | null = null;
  #isLate = false;
  #isOver = false;

  /** `ended`: called once, when the message takes no connection and no place in a queue any more. */
  constructor(lifeMs: number, ended: () => void) {
    this.#ended = ended;
    this.#timer = setTimeout(() => this.#late(), lifeMs);
  }

  statusWithin(ms: number): Promise<number | null> {
    if (ms === Infinity) return this.#status.promise;
    const { promise, resolve } = Promise.withResolvers<null>();
    const timer = setTimeout(() => resolve(null), ms);
    return Promise.race([this.#status.promise, promise]).finally(() => clearTimeout(timer));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // It waited for a connection until now, and nobody waits for it any more.
    if (this.#isLate) controller.abort(tooLate());
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    if (status >= 200) this.#status.resolve(status);
  }

  onResponseData(controller: Dispatcher.DispatchController): void {
    controller.abort(new Error("an answer to a message that has none"));
  }

  onResponseEnd(): void {
    this.#end();
  }

  onResponseError(): void {
    this.#end();
  }

  #late(): void {
    this.#isLate = true;
    this.#status.resolve(null);
    this.#controller?.abort(tooLate());
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#status.resolve(null);
    this.#ended();
  }
}

function tooLate(): Error {
  return new Error("the tool server did not answer in time");
}
