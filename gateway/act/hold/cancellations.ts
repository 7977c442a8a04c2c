import type { EvaluatedCall } from "../../domain/exchange.ts";
import { principalKey } from "../../domain/subject.ts";

/**
 * Calls that wait for people, by the request they came in. Legacy MCP clients that give up do not close the
 * connection: they send `notifications/cancelled` with the request's id (MCP 2025-11-25, utilities/cancellation).
 * Only the same principal, on the same route and transport session, can call its own request off.
 */
export class Cancellations {
  readonly #waiting = new Map<string, AbortController>();

  /** Runs `wait` with a signal that is aborted when the caller calls the request off. */
  async during<Result>(evaluated: EvaluatedCall, wait: (cancelled: AbortSignal) => Promise<Result>): Promise<Result> {
    const { mcp } = evaluated.call;
    const controller = new AbortController();
    if (mcp === null || mcp.kind !== "request" || mcp.id === null) return wait(controller.signal);
    const key = keyOf(evaluated, mcp.id);
    this.#waiting.set(key, controller);
    try {
      return await wait(controller.signal);
    } finally {
      if (this.#waiting.get(key) === controller) this.#waiting.delete(key);
    }
  }

  /** Notes an allowed `notifications/cancelled`; it also goes to the tool server, which knows what already runs. */
  observe(evaluated: EvaluatedCall): void {
    if (evaluated.call.mcp?.kind !== "notification" || evaluated.call.action !== "notifications/cancelled") return;
    const id = evaluated.call.arguments["requestId"];
    if (typeof id === "string" || typeof id === "number") this.#waiting.get(keyOf(evaluated, id))?.abort();
  }
}

function keyOf({ call, subject }: EvaluatedCall, id: string | number): string {
  return JSON.stringify([principalKey(subject), call.route.id, call.mcp?.transportSession ?? null, id]);
}
