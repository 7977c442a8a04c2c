import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { oncePer } from "../lib/caches.ts";
import { Chain, type Chained } from "../lib/chain.ts";

type Handler = (req: IncomingMessage, res: ServerResponse) => void;

/** A request whose answer has not ended. */
interface Pending extends Chained {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  begun: boolean;
}

/** These change nothing at a tool server (RFC 9110 §9.2.1), so their order does not matter to it. */
const safe: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Pipelined requests of each connection. Safe ones are handled side by side, any other alone and in its turn (RFC 9112
 * §9.3.2): a tool server gets them in the order of the caller. A connection with too many pending requests is not read
 * until some are answered. A refusal of later bytes must not overtake the answers of earlier requests: a caller matches
 * answers to requests by order, and would take it for the answer of a call that was executed.
 */
export class PendingAnswers {
  readonly #of: (socket: Duplex) => PipelinedConnection;
  readonly #open = new Set<PipelinedConnection>();
  #closes = false;

  /** `most`: requests of one connection that may wait for their answers before no more are read. */
  constructor(most: number) {
    this.#of = oncePer((socket: Duplex) => {
      const connection = new PipelinedConnection(socket, most, () => this.#closes);
      this.#open.add(connection);
      socket.once("close", () => this.#open.delete(connection));
      return connection;
    });
  }

  watching(handle: Handler): Handler {
    return (req, res) => this.#of(req.socket).take({ req, res, begun: false }, handle);
  }

  /**
   * From now on every connection ends with the last of its answers, which says so (RFC 9112 §9.6): its other side opens a new one
   * for what comes next, and no request meets a connection that is being closed.
   */
  closeBehind(): void {
    this.#closes = true;
    for (const connection of this.#open) connection.closeBehindLast();
  }

  /** Calls back once: now when nothing is waiting for its answer on this connection, or else after the last answer. */
  afterAnswers(socket: Duplex, then: () => void): void {
    this.#of(socket).afterAnswers(then);
  }

  /** The request of which Node has not parsed the end; null between two requests. */
  unfinished(socket: Duplex): IncomingMessage | null {
    return this.#of(socket).unfinished();
  }
}

class PipelinedConnection {
  readonly #socket: Duplex;
  readonly #most: number;
  readonly #closes: () => boolean;
  /** In the order of their arrival. */
  readonly #pending = new Chain<Pending>();
  #begun = 0;
  #latest: Pending | null = null;
  /** Of the latest answer, unless it is to close the connection. */
  #wasKept: boolean | null = null;
  #then: (() => void) | null = null;
  #stopped = false;

  constructor(socket: Duplex, most: number, closes: () => boolean) {
    this.#socket = socket;
    this.#most = most;
    this.#closes = closes;
    // Node resumes a connection whenever a body is read or an answer is flushed.
    socket.on("resume", () => {
      if (this.#stopped) socket.pause();
    });
  }

  take(one: Pending, handle: Handler): void {
    // What comes behind it is answered, too.
    if (this.#latest !== null && this.#wasKept !== null) this.#latest.res.shouldKeepAlive = this.#wasKept;
    this.#latest = one;
    this.#pending.add(one);
    if (this.#closes()) this.closeBehindLast();
    one.res.on("close", () => this.#ended(one, handle));
    if (this.#pending.size >= this.#most) this.#stopReading();
    if (this.#begun === this.#pending.size - 1 && this.#mayBegin(one)) this.#begin(one, handle);
  }

  afterAnswers(then: () => void): void {
    if (this.#pending.size === 0) then();
    else this.#then = then;
  }

  unfinished(): IncomingMessage | null {
    return this.#latest === null || this.#latest.req.complete ? null : this.#latest.req;
  }

  closeBehindLast(): void {
    if (this.#latest === null) return;
    const { res } = this.#latest;
    this.#wasKept = res.shouldKeepAlive;
    res.shouldKeepAlive = false;
  }

  #begin(one: Pending, handle: Handler): void {
    one.begun = true;
    this.#begun += 1;
    handle(one.req, one.res);
  }

  /** Whether the first waiting request may begin: all earlier ones are being handled. */
  #mayBegin({ req }: Pending): boolean {
    if (this.#begun === 0) return true;
    if (this.#begun >= this.#most || !safe.has(req.method ?? "")) return false;
    const [first] = this.#pending;
    return first !== undefined && safe.has(first.req.method ?? "");
  }

  #ended(one: Pending, handle: Handler): void {
    if (one.before === undefined) return;
    this.#pending.delete(one);
    if (one.begun) this.#begun -= 1;
    if (this.#latest === one && one.req.complete) this.#latest = null;
    if (this.#pending.size === 0) this.#then?.();
    // No work begins for a closed connection.
    if (this.#socket.destroyed) return;
    if (this.#stopped && this.#pending.size < this.#most) this.#readOn();
    for (const next of this.#pending) {
      if (next.begun) continue;
      if (!this.#mayBegin(next)) return;
      this.#begin(next, handle);
    }
  }

  #stopReading(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#socket.pause();
  }

  #readOn(): void {
    this.#stopped = false;
    this.#socket.resume();
  }
}
