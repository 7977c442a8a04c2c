import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { Refusal } from "./errors.ts";

/**
 * Whether the caller's connection is still open. Every call checks it and few wait for it, so the AbortSignal is made
 * at its first use.
 */
export class ClientConnection {
  #aborted = false;
  #listener: (() => void) | null = null;
  #controller: AbortController | null = null;

  get aborted(): boolean {
    return this.#aborted;
  }

  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  /** Calls the listener once, when the connection closes. One listener at a time; `null` removes it. */
  set onLeave(listener: (() => void) | null) {
    this.#listener = listener;
  }

  leave(): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#listener?.();
    this.#controller?.abort();
  }

  /** A connection that counts as closed when the signal aborts. */
  static with(signal: AbortSignal): ClientConnection {
    const connection = new ClientConnection();
    if (signal.aborted) connection.leave();
    else signal.addEventListener("abort", () => connection.leave(), { once: true });
    return connection;
  }
}

interface RequestOnConnection {
  readonly req: IncomingMessage;
}

/**
 * Connections of callers on which nothing more may be judged or forwarded. Pipelined requests are parsed before the first
 * of them is answered, so closing the connection comes too late for them: each new request is checked here first.
 * One instance for each server; it forgets a connection with its socket.
 */
export class DeadConnections {
  readonly #dead = new WeakSet<Duplex>();
  readonly #latest = new WeakMap<Duplex, IncomingMessage>();

  /** Marks the connection dead in the current tick: this response is its last. */
  endAfter({ req, res }: RequestOnConnection & { readonly res: ServerResponse }): void {
    this.#dead.add(req.socket);
    res.shouldKeepAlive = false;
    if (!res.headersSent) res.setHeader("connection", "close");
  }

  /** For the server's `clientError` listener: marks a connection whose bytes could not be parsed. */
  add(socket: Duplex): void {
    this.#dead.add(socket);
  }

  /** For handlers that answer without parsing: they leave requests on a dead connection to the request path. */
  has(socket: Duplex): boolean {
    return this.#dead.has(socket);
  }

  /**
   * Refuses a request on a dead connection. Trailers are known only when the next request has begun, so the trailers of
   * the request before this one are checked here too.
   * @throws Refusal framing_ambiguous
   */
  refuse({ req }: RequestOnConnection): void {
    const { socket } = req;
    const before = this.#latest.get(socket);
    this.#latest.set(socket, req);
    if (before !== undefined && before !== req && before.rawTrailers.length > 0) this.#dead.add(socket);
    if (!this.#dead.has(socket)) return;
    throw new Refusal("framing_ambiguous", {
      hint: "an earlier request on this connection was refused",
      detail: "pipelined behind a refused request; not judged",
    });
  }
}
