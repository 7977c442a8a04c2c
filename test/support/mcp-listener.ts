import type { TestGateway } from "./start-gateway.ts";

export interface Listener {
  /** Content type of the answer. */
  readonly type: string | null;
  /** The next message; null at the end of the stream. */
  next(): Promise<unknown>;
  leave(): Promise<void>;
}

/** A caller that listens to a server (MCP 2026-07-28, "Subscriptions"), message by message. */
export async function listenAt(gateway: TestGateway, params: object, prefix = "/mcp/crm"): Promise<Listener> {
  const method = "subscriptions/listen";
  const version = "2026-07-28";
  const protocol = "io.modelcontextprotocol";
  const meta = { [`${protocol}/protocolVersion`]: version, [`${protocol}/clientCapabilities`]: {} };
  const token = gateway.token({ sub: "support-bot", role: "support" }, prefix);
  const answer = await fetch(gateway.agents + prefix, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": version,
      "mcp-method": method,
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params: { ...params, _meta: meta } }),
  });
  const reader = (answer.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  return {
    type: answer.headers.get("content-type"),
    next: async () => {
      while (!text.includes("\n\n")) {
        const { done, value } = await reader.read();
        if (done) return null;
        text += value;
      }
      const event = text.slice(0, text.indexOf("\n\n"));
      text = text.slice(event.length + 2);
      const lines = event.split("\n").filter((line) => line.startsWith("data:"));
      return JSON.parse(lines.map((line) => line.slice("data:".length)).join("\n"));
    },
    leave: () => reader.cancel(),
  };
}
