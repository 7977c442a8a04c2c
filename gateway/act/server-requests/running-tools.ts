import type { ToolCall } from "../../domain/tool-call.ts";
import { transportSessionOf } from "../../domain/transport-session.ts";

/**
 * Which tools run in which session. A server before MCP 2026-07-28 may ask on the stream of the session, and does not say there which
 * call it asks for.
 */
export class RunningTools {
  readonly #bySession = new Map<string, Set<{ readonly tool: string }>>();

  /** The call counts as running until `work` has ended, in whatever way. */
  async during<T>(call: ToolCall, work: () => Promise<T>): Promise<T> {
    const session = call.action === "tools/call" ? transportSessionOf(call) : null;
    if (session === null) return work();
    const running = { tool: call.name };
    const all = this.#bySession.get(session) ?? new Set();
    this.#bySession.set(session, all.add(running));
    try {
      return await work();
    } finally {
      all.delete(running);
      if (all.size === 0 && this.#bySession.get(session) === all) this.#bySession.delete(session);
    }
  }

  /**
   * The tool whose call a request on the answer to `call` is about, as far as the gateway can see; null when it cannot. On the stream of
   * a session it is a hint: a server may ask there for a call that has ended, or for no call at all.
   */
  asking(call: ToolCall): string | null {
    if (call.action === "tools/call") return call.name;
    const session = call.mcp?.kind === "stream" ? transportSessionOf(call) : null;
    const running = session === null ? undefined : this.#bySession.get(session);
    const tools = new Set([...(running ?? [])].map(({ tool }) => tool));
    const [tool = null] = tools;
    return tools.size === 1 ? tool : null;
  }
}
