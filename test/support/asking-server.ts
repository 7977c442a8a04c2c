import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

/** A tool server that asks for a `ping` on the stream of `initialize`, and answers when it has been answered. */
export async function startAskingServer() {
  const pong = Promise.withResolvers<void>();
  const http = createServer({ keepAliveTimeout: 0 }, (req, res) => {
    if (req.method !== "POST") return void res.writeHead(405).end();
    void json(req).then(async (body) => {
      const { id, method } = body as { readonly id: number | string; readonly method?: string };
      if (method !== "initialize") {
        if (id === "p-1") pong.resolve();
        return void res.writeHead(202).end();
      }
      res.writeHead(200, { "content-type": "text/event-stream", "mcp-session-id": "asking" });
      res.write(`data: ${JSON.stringify({ jsonrpc: "2.0", id: "p-1", method: "ping" })}\n\n`);
      await pong.promise;
      const result = { protocolVersion: "2025-11-25", capabilities: {}, serverInfo: { name: "asking", version: "1" } };
      res.end(`data: ${JSON.stringify({ jsonrpc: "2.0", id, result })}\n\n`);
    });
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    async close(): Promise<void> {
      const closed = new Promise<void>((resolve) => http.close(() => resolve()));
      http.closeAllConnections();
      await closed;
    },
  };
}
