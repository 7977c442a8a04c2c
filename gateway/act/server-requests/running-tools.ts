import type { ToolCall } from "../../domain/tool-call.ts";

/**
 * Which tools run in which session. A server before MCP 2026-07-28 may ask on the stream of the session, and does not say there which
 * call it asks for.
 */
export class RunningTools {
  readonly #bySession = new Map<string, Set<{ readonly tool: string }>>();

  /** Returns what is called when the call has ended. */
  begin(call: ToolCall): () => void {
    const session = call.action === "tools/call" ? sessionOf(call) : null;
    if (session === null) return nothing;
    const running = { tool: call.name };
    const all = this.#bySession.get(session) ?? new Set();
    this.#bySession.set(session, all.add(running));
    return () => {
      all.delete(running);
      if (all.size === 0 && this.#bySession.get(session) === all) this.#bySession.delete(session);
    };
  }

  /** The tool whose call a request on the answer to `call` is about; null when that is not known for certain. */
  asking(call: ToolCall): string | null {
    if (call.action === "tools/call") return call.name;
    const session = sessionOf(call);
    const running = session === null ? undefined : this.#bySession.get(session);
    const tools = new Set([...(running ?? [])].map(({ tool }) => tool));
    const [tool = null] = tools;
    return tools.size === 1 ? tool : null;
  }
}

function nothing(): void {}

function sessionOf({ mcp, route }: ToolCall): string | null {
  const session = mcp?.transportSession ?? null;
  return session === null ? null : JSON.stringify([route.upstream.origin, session]);
}
