import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { z } from "zod";

/** A tool server of the 2025 revisions that gives each connection a session of its own; counts what it executed by customer. */
export async function startSessionCrm(makeId: () => string = randomUUID) {
  const deleted = new Map<string, number>();
  const sessions = new Map<string, StreamableHTTPServerTransport>();

  async function open(): Promise<StreamableHTTPServerTransport> {
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: makeId,
      onsessioninitialized: (id) => void sessions.set(id, transport),
    });
    const server = new McpServer({ name: "crm", version: "1.0.0" });
    const deletion = { description: "Delete a customer", inputSchema: { customer_id: z.string() } };
    server.registerTool("delete_customer", deletion, ({ customer_id }) => {
      deleted.set(customer_id, (deleted.get(customer_id) ?? 0) + 1);
      return { content: [{ type: "text", text: `deleted ${customer_id}` }] };
    });
    await server.connect(transport);
    return transport;
  }

  const http = createServer({ keepAliveTimeout: 0 }, (req, res) => {
    const id = req.headers["mcp-session-id"];
    const known = typeof id === "string" ? sessions.get(id) : undefined;
    // MCP 2025-11-25, "Session Management": what tells a client to begin anew.
    if (id !== undefined && known === undefined) return void res.writeHead(404).end();
    void (known === undefined ? open() : Promise.resolve(known)).then((transport) => transport.handleRequest(req, res));
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    sessions: () => sessions.size,
    /** Whether it has begun a session of this id. */
    knows: (id: string) => sessions.has(id),
    /** Forgets all sessions, as after a restart. */
    forget: () => sessions.clear(),
    deletions: (customer: string) => deleted.get(customer) ?? 0,
    async close(): Promise<void> {
      const closed = new Promise<void>((resolve) => http.close(() => resolve()));
      http.closeAllConnections();
      await closed;
    },
  };
}
