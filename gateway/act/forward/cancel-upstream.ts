import type { EndedBy } from "../../domain/revocation.ts";
import type { ToolCall } from "../../domain/tool-call.ts";
import type { Sending } from "./inner-dispatch.ts";
import type { SentWith, SideMessages } from "./side-messages.ts";

/** How long a tool server may take to hear of it, before the request's own connection is cut. */
const withinMs = 400;

/**
 * Calls requests off at MCP servers before 2026-07-28: to them a closed connection means nothing, so they are told the request's
 * id (MCP 2025-11-25, utilities/cancellation). Later versions take the closed stream for it, and plain HTTP has no such thing.
 */
export class UpstreamCancellations {
  readonly #messages: SideMessages;

  constructor(messages: SideMessages) {
    this.#messages = messages;
  }

  /**
   * Undefined for what cannot be called off, such as `initialize`. Resolves when the server has answered or cannot be reached, or
   * after two fifths of a second; never rejects. `sent`: what the request was sent with. `over`: what it was sent over, where that
   * is no pool of connections.
   */
  cancel(call: ToolCall, sent: SentWith, by: EndedBy, over: Sending | null = null): Promise<void> | undefined {
    const { mcp, action, operation } = call;
    if (operation !== undefined) return undefined;
    if (mcp?.era !== "legacy" || mcp.kind !== "request" || mcp.id === null || action === "initialize") return undefined;
    return this.#messages.post(call, sent, cancelled(mcp.id, by), { over, withinMs }).then(() => undefined);
  }
}

function cancelled(requestId: string | number, { kind }: EndedBy): string {
  // The operator's own words are for callers and records, not for tool servers.
  const params = { requestId, reason: `access ended (${kind})` };
  return JSON.stringify({ jsonrpc: "2.0", method: "notifications/cancelled", params });
}
