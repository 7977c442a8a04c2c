import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { InMemoryEventStore } from "@modelcontextprotocol/sdk/examples/shared/inMemoryEventStore.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { z } from "zod";

export const longTool = "trigger-long-running-operation";

export interface ResumableServer {
  readonly origin: string;
  /** How often the tool ran to its end. */
  readonly runs: () => number;
  /** How many streams were taken up again. */
  readonly resumed: () => number;
  close(): Promise<void>;
}

/** A tool server over HTTP whose events have ids and are kept, so that a stream may be taken up again (MCP 2025-11-25, "Resumability"). */
export async function resumableServer(): Promise<ResumableServer> {
  let runs = 0;
  let resumed = 0;
  const sessions = new Map<string, StreamableHTTPServerTransport>();

  function tools(): McpServer {
    const server = new McpServer({ name: "resumable", version: "1" });
    const inputSchema = { duration: z.number(), steps: z.number() };
    server.registerTool(
      longTool,
      { description: "Takes a while.", inputSchema },
      async ({ duration, steps }, { _meta, sendNotification }) => {
        for (let progress = 1; progress <= steps; progress += 1) {
          await wait((duration * 1_000) / steps);
          const params = { progress, total: steps, progressToken: _meta?.progressToken ?? 0 };
          await sendNotification({ method: "notifications/progress", params });
        }
        runs += 1;
        return { content: [{ type: "text", text: `Completed in ${steps} steps.` }] };
      },
    );
    return server;
  }

  async function handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    if (req.headers["last-event-id"] !== undefined) resumed += 1;
    const known = sessions.get(String(req.headers["mcp-session-id"]));
    if (known !== undefined) return known.handleRequest(req, res);
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      eventStore: new InMemoryEventStore(),
      onsessioninitialized: (id) => void sessions.set(id, transport),
    });
    await tools().connect(transport);
    await transport.handleRequest(req, res);
  }

  const http = createServer((req, res) => void handle(req, res).catch(() => res.destroy()));
  await new Promise<void>((done) => http.listen(0, "127.0.0.1", done));
  return {
    origin: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    runs: () => runs,
    resumed: () => resumed,
    close: () => {
      http.closeAllConnections();
      return new Promise((done) => void http.close(() => done()));
    },
  };
}
