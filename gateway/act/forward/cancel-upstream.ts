import type { Dispatcher, Pool } from "undici";
import type { EndedBy } from "../../domain/revocation.ts";
import type { Route } from "../../domain/route.ts";
import type { ToolCall } from "../../domain/tool-call.ts";
import { inject, type Injection } from "../credentials/injection.ts";
import type { Sending } from "./inner-dispatch.ts";

/** How long a tool server may take to hear of it, before the request's own connection is cut. */
const withinMs = 400;

/** So many can be told at once; the connections are other ones than those of the calls that are called off. */
export const cancelConnections = 16;

/** Speak of the request itself, and would belie the notification. */
const ofRequest = /^(?:mcp-method|mcp-name|mcp-param-.*|idempotency-key|last-event-id|prefer)$/;

/** Headers and credentials of the request that is called off. */
interface SentWith {
  readonly headers: readonly string[];
  readonly injection: Injection;
}

/**
 * Calls requests off at MCP servers before 2026-07-28: to them a closed connection means nothing, so they are told the request's
 * id (MCP 2025-11-25, utilities/cancellation). Later versions take the closed stream for it, and plain HTTP has no such thing.
 */
export class UpstreamCancellations {
  readonly #open: (route: Route) => Pool;
  readonly #pools = new Map<string, Pool>();

  constructor(open: (route: Route) => Pool) {
    this.#open = open;
  }

  /**
   * Undefined for what cannot be called off, such as `initialize`. Resolves when the server has answered or cannot be reached, or
   * after two fifths of a second; never rejects. `sent`: what the request was sent with. `over`: what it was sent over, where that
   * is no pool of connections.
   */
  cancel(call: ToolCall, sent: SentWith, by: EndedBy, over: Sending | null = null): Promise<void> | undefined {
    const { mcp, action, route, request, operation } = call;
    if (operation !== undefined) return undefined;
    if (mcp?.era !== "legacy" || mcp.kind !== "request" || mcp.id === null || action === "initialize") return undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, withinMs);
    const told = (): void => {
      clearTimeout(timer);
      resolve();
    };
    const notification = {
      ...{ origin: route.upstream.origin, method: "POST", path: request.target },
      headers: withoutRequest(sent.headers),
      body: Buffer.from(cancelled(mcp.id, by)),
    };
    // A credential in the body has its place in the body of the request alone.
    const { request: signed } = inject(notification, { ...sent.injection, body: [] });
    (over ?? this.#pool(route)).dispatch(signed, new Unread(told));
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

function withoutRequest(headers: readonly string[]): string[] {
  return headers.filter((_, at) => !ofRequest.test((headers[at - (at % 2)] as string).toLowerCase()));
}

function cancelled(requestId: string | number, { kind }: EndedBy): string {
  // The operator's own words are for callers and records, not for tool servers.
  const params = { requestId, reason: `access ended (${kind})` };
  return JSON.stringify({ jsonrpc: "2.0", method: "notifications/cancelled", params });
}

/** What the server says to it is of no interest; that it has said something is. */
class Unread implements Dispatcher.DispatchHandler {
  readonly #told: () => void;

  constructor(told: () => void) {
    this.#told = told;
  }

  onRequestStart(): void {
    // Nothing can end it before it is written.
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    if (status >= 200) this.#told();
  }

  onResponseData(controller: Dispatcher.DispatchController): void {
    controller.abort(new Error("an answer to a notification"));
  }

  onResponseEnd(): void {
    this.#told();
  }

  onResponseError(): void {
    this.#told();
  }
}
