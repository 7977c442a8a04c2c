import type { ServerResponse } from "node:http";
import type { Exchange } from "../../domain/exchange.ts";
import type { Clock } from "../../domain/ports.ts";
import type { ToolCall } from "../../domain/tool-call.ts";
import { transportSessionOf } from "../../domain/transport-session.ts";
import { within } from "../../lib/event-loop.ts";

/** Longest wait, counted from when the stream was asked for, in milliseconds: some tool servers send no head before the first event. */
const mostWaitMs = 1_000;

/** A stream that is asked for and not open yet. */
interface Opening {
  readonly session: string;
  readonly askedAt: number;
  readonly open: Promise<void>;
  readonly opened: () => void;
}

/**
 * Keeps the order in which a session asks for its stream and sends messages (MCP 2025-11-25, "Listening for Messages from the
 * Server"). Each is a request on a connection of its own, and takes its own time to be judged. A tool server that asks its client
 * something while it handles a message asks on that stream; were the message there first, nobody would hear the question.
 */
export class SessionStreams {
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #bySession = new Map<string, Set<Opening>>();
  readonly #byAnswer = new WeakMap<ServerResponse, Opening>();

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
  }

  /** Notes a stream as it is asked for. */
  readonly noted = (exchange: Exchange, call: ToolCall): ToolCall => {
    if (call.mcp?.kind !== "stream") return call;
    const session = transportSessionOf(call);
    if (session !== null) this.#note(exchange, session);
    return call;
  };

  /** The tool server has answered the request whose answer goes to `res`. Anything may be told; only streams are known. */
  opened(res: ServerResponse): void {
    this.#byAnswer.get(res)?.opened();
  }

  /**
   * What a message has to wait for before it is sent: null for nothing, else a promise that resolves when the streams that its
   * session asked for before it are open, or refused, or late. Never rejects.
   */
  before({ receivedAt, connection }: Exchange, call: ToolCall): Promise<void> | null {
    const session = this.#bySession.size === 0 || call.mcp?.kind === "stream" ? null : transportSessionOf(call);
    const all = session === null ? undefined : this.#bySession.get(session);
    if (all === undefined) return null;
    const earlier = [...all].filter(({ askedAt }) => askedAt <= receivedAt);
    const late = Math.max(...earlier.map(({ askedAt }) => askedAt)) + mostWaitMs - this.#clock.monotonic();
    if (earlier.length === 0 || late <= 0) return null;
    return within(Promise.all(earlier.map(({ open }) => open)), late, connection.signal).then(() => undefined);
  }

  #note({ res, receivedAt: askedAt }: Exchange, session: string): void {
    // Asked for once, however often it is read anew.
    if (this.#byAnswer.has(res) || res.closed) return;
    const { promise: open, resolve } = Promise.withResolvers<void>();
    const opened = (): void => {
      resolve();
      this.#forget(opening);
    };
    const opening: Opening = { session, askedAt, open, opened };
    this.#byAnswer.set(res, opening);
    this.#bySession.set(session, (this.#bySession.get(session) ?? new Set()).add(opening));
    // Refused, or its caller has left.
    res.once("close", opened);
  }

  #forget(opening: Opening): void {
    const all = this.#bySession.get(opening.session);
    all?.delete(opening);
    if (all?.size === 0) this.#bySession.delete(opening.session);
  }
}
