import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { SSEServerTransport } from "@modelcontextprotocol/sdk/server/sse.js";
import { z } from "zod";

export interface SseFixture {
  readonly origin: string;
  /** `authorization` of each request, in order, with its method. */
  readonly seen: string[];
  /** Cuts all event streams. */
  cut(): void;
  close(): Promise<void>;
}

/** An MCP server that speaks HTTP with SSE (MCP 2024-11-05), as the SDK 1.x makes it: `echo`, `ask`, and `wait`, which never answers. */
export async function startSseFixture(): Promise<SseFixture> {
  const sessions = new Map<string, SSEServerTransport>();
  const streams = new Set<ServerResponse>();
  const seen: string[] = [];
  const answer = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    seen.push(`${req.method} ${req.headers.authorization ?? "-"}`);
    if (req.method === "POST") {
      const session = new URL(req.url ?? "", "http://x").searchParams.get("sessionId") ?? "";
      const transport = sessions.get(session);
      if (transport === undefined) return void res.writeHead(404).end();
      return transport.handlePostMessage(req, res);
    }
    if (req.url !== "/sse") return void res.writeHead(404).end();
    const transport = new SSEServerTransport("/messages", res);
    sessions.set(transport.sessionId, transport);
    streams.add(res);
    await toolServer().connect(transport);
  };
  // A message for a stream that is cut is answered by the SDK, which throws then.
  const server = createServer((req, res) => void answer(req, res).catch(() => undefined));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    cut: () => streams.forEach((res) => res.destroy()),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function toolServer(): McpServer {
  const server = new McpServer({ name: "old", version: "1" });
  server.registerTool("echo", { inputSchema: { value: z.string() } }, ({ value }) => ({
    content: [{ type: "text", text: value }],
  }));
  server.registerTool("ask", {}, async () => {
    const requestedSchema = { type: "object" as const, properties: { name: { type: "string" as const } } };
    const answered = await server.server.elicitInput({ message: "who?", requestedSchema });
    return { content: [{ type: "text", text: JSON.stringify(answered) }] };
  });
  server.registerTool("wait", {}, async ({ _meta, sendNotification }) => {
    const progressToken = _meta?.progressToken;
    if (progressToken !== undefined)
      await sendNotification({ method: "notifications/progress", params: { progressToken, progress: 1 } });
    return new Promise(() => undefined);
  });
  return server;
}
