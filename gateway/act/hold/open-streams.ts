import type { EvaluatedCall } from "../../domain/exchange.ts";
import { callerSessionKey } from "../../domain/transport-session.ts";
import { messageEvent } from "../../lib/event-stream.ts";

/** Streams of sessions that are open to callers (MCP 2025-11-25, "Listening for Messages from the Server"). */
export class OpenStreams {
  readonly #bySession = new Map<string, Set<(event: string) => unknown>>();

  /** `emit` writes whole events. Returns what is called when the stream has ended. */
  add(stream: EvaluatedCall, emit: (event: string) => unknown): () => void {
    const key = callerSessionKey(stream);
    const all = this.#bySession.get(key) ?? new Set();
    this.#bySession.set(key, all.add(emit));
    return () => {
      all.delete(emit);
      if (all.size === 0 && this.#bySession.get(key) === all) this.#bySession.delete(key);
    };
  }

  /** Sends a message of the gateway's own on one stream of the session that `call` is in; nobody hears it where none is open. */
  tell(call: EvaluatedCall, json: string): void {
    const [emit] = this.#bySession.get(callerSessionKey(call)) ?? [];
    emit?.(messageEvent(json));
  }
}
