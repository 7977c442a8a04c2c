import type { Dispatcher, Pool } from "undici";
import type { Route } from "../../domain/route.ts";
import type { ToolCall } from "../../domain/tool-call.ts";
import { inject, type Injection } from "../credentials/injection.ts";
import type { Sending } from "./inner-dispatch.ts";

/** So many can be told at once; the connections are other ones than those of the calls that the messages are about. */
export const sideConnections = 16;

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
  /** Longest wait for the answer, in milliseconds. */
  readonly withinMs: number;
}

/**
 * Posts messages of the gateway's own to MCP servers before 2026-07-28, in the session and with the credential of a request that is
 * under way there (MCP 2025-11-25, "Sending Messages to the Server").
 */
export class SideMessages {
  readonly #open: (route: Route) => Pool;
  readonly #pools = new Map<string, Pool>();

  constructor(open: (route: Route) => Pool) {
    this.#open = open;
  }

  /**
   * Resolves to the HTTP status of the answer; null when the server cannot be reached or does not answer in time. Never rejects.
   * `sent`: what the request was sent with.
   */
  post({ route, request }: ToolCall, sent: SentWith, message: string, { over, withinMs }: Way): Promise<number | null> {
    const { promise, resolve } = Promise.withResolvers<number | null>();
    const timer = setTimeout(() => resolve(null), withinMs);
    const answered = (status: number | null): void => {
      clearTimeout(timer);
      resolve(status);
    };
    const posted = {
      ...{ origin: route.upstream.origin, method: "POST", path: request.target },
      headers: [...withoutRequest(sent.headers), ...ofMessage],
      body: Buffer.from(message),
    };
    // A credential in the body has its place in the body of the request alone.
    const { request: signed } = inject(posted, { ...sent.injection, body: [] });
    (over ?? this.#pool(route)).dispatch(signed, new Unread(answered));
    return promise;
  }

  async destroy(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.destroy()));
  }

  #pool(route: Route): Pool {
    const known = this.#pools.get(route.id);
    if (known !== undefined) return known;
    const pool = this.#open(route);
    this.#pools.set(route.id, pool);
    return pool;
  }
}

const ofMessage = ["content-type", "application/json", "accept", "application/json, text/event-stream"];

function withoutRequest(headers: readonly string[]): string[] {
  return headers.filter((_, at) => !ofRequest.test((headers[at - (at % 2)] as string).toLowerCase()));
}

/** What the server says to it is of no interest; that it has said something is. */
class Unread implements Dispatcher.DispatchHandler {
  readonly #answered: (status: number | null) => void;

  constructor(answered: (status: number | null) => void) {
    this.#answered = answered;
  }

  onRequestStart(): void {
    // Nothing can end it before it is written.
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    if (status >= 200) this.#answered(status);
  }

  onResponseData(controller: Dispatcher.DispatchController): void {
    controller.abort(new Error("an answer to a message that has none"));
  }

  onResponseEnd(): void {
    this.#answered(null);
  }

  onResponseError(): void {
    this.#answered(null);
  }
}
