import type { Ids, InnerRequest } from "../domain/ports.ts";
import type { ServerConnection } from "./connection.ts";
import { EventAnswer } from "./event-answer.ts";
import type { BridgeExchange } from "./exchange.ts";
import { errorAnswer, paramsOf, type RequestMessage } from "./messages.ts";
import { ModernCall, unknownState } from "./modern-call.ts";
import { ModernListening } from "./modern-listening.ts";
import { callText, discovered, isOffered } from "./modern-words.ts";

interface Parked {
  readonly call: ModernCall;
  readonly principal: string;
  /** See `callText`. */
  readonly about: string;
  readonly timer: NodeJS.Timeout;
}

/** How long a call waits for its client to answer. */
const parkedMs = 600_000;
const mostParked = 1_000;

/** Requests of clients without a session (MCP 2026-07-28), for servers that know sessions only. */
export class ModernCalls {
  readonly #ids: Ids;
  readonly #maxUnread: number;
  /** By the state that their clients send back; the oldest first. */
  readonly #parked = new Map<string, Parked>();

  constructor(ids: Ids, maxUnread: number) {
    this.#ids = ids;
    this.#maxUnread = maxUnread;
  }

  /** @throws Refusal upstream_busy, upstream_ended */
  handle(
    message: RequestMessage,
    request: InnerRequest,
    connection: ServerConnection,
    exchange: BridgeExchange,
  ): Response {
    const { initialized } = connection;
    const {
      caller: { principal },
      signal,
    } = request;
    const { id, method } = message;
    if (method === "server/discover") return json({ jsonrpc: "2.0", id, result: discovered(initialized) });
    const deps = { connection, maxUnread: this.#maxUnread };
    if (method === "subscriptions/listen") {
      const answer = new EventAnswer(exchange);
      new ModernListening(message, answer, deps).begin();
      return answer.response;
    }
    if (!isOffered(method, initialized)) return json(errorAnswer(id, -32_601, `Method not found: ${method}`), 404);
    if (paramsOf(message)["requestState"] !== undefined) return this.#goOn(message, request, exchange);
    const answer = new EventAnswer(exchange);
    const about = callText(message);
    const park = (call: ModernCall, leg: AbortSignal): string => this.#park({ call, principal, about }, leg);
    new ModernCall(message, { ...deps, park }).begin({ message, answer, signal });
    return answer.response;
  }

  /** Calls off what waits for its client. */
  close(): void {
    for (const state of [...this.#parked.keys()]) this.#take(state)?.call.leave();
  }

  #goOn(message: RequestMessage, { caller, signal }: InnerRequest, exchange: BridgeExchange): Response {
    const state = String(paramsOf(message)["requestState"]);
    const parked = this.#parked.get(state);
    if (parked?.principal !== caller.principal || parked.about !== callText(message))
      return json(unknownState(message));
    this.#take(state);
    const answer = new EventAnswer(exchange);
    parked.call.goOn({ message, answer, signal });
    return answer.response;
  }

  #park(waiting: Omit<Parked, "timer">, leg: AbortSignal): string {
    const [oldest] = this.#parked.keys();
    if (oldest !== undefined && this.#parked.size >= mostParked) this.#take(oldest)?.call.leave();
    const state = this.#ids.make("s");
    const giveUp = (): void => this.#take(state)?.call.leave();
    const timer = setTimeout(giveUp, parkedMs);
    timer.unref();
    this.#parked.set(state, { ...waiting, timer });
    // What its server asks was refused, or the client has gone: nobody can go on with it.
    leg.addEventListener("abort", giveUp, { once: true });
    return state;
  }

  /** Once: whoever sends a state again finds none. */
  #take(state: string): Parked | null {
    const parked = this.#parked.get(state) ?? null;
    this.#parked.delete(state);
    if (parked !== null) clearTimeout(parked.timer);
    return parked;
  }
}

function json(message: object, status = 200): Response {
  return Response.json(message, { status });
}
