/**
 * A lax tool server of the SDK 1.x, which judges neither Host and Origin nor the headers of MCP 2026-07-28 (it answers that revision
 * itself: the SDK 1.x has not got it). What the suite finds of its transport's security is the gateway's own doing.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { json } from "node:stream/consumers";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { CallToolRequestSchema, ListToolsRequestSchema } from "@modelcontextprotocol/sdk/types.js";

interface Asked {
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: { readonly _meta?: object };
}

const modern = "2026-07-28";
const serverInfo = { name: "lax", version: "1" };
const capabilities = { tools: {} };
const region = { type: "string", "x-mcp-header": "Region" };
const tools = [
  {
    name: "test_region",
    description: "Takes a region, which clients mirror in a header.",
    inputSchema: { type: "object" as const, properties: { region } },
  },
];
const called = { content: [{ type: "text" as const, text: "done" }] };

function legacyServer(): Server {
  const server = new Server(serverInfo, { capabilities });
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools }));
  server.setRequestHandler(CallToolRequestSchema, () => called);
  return server;
}

const cache = { ttlMs: 0, cacheScope: "private" };
const modernResults: Readonly<Record<string, object>> = {
  "server/discover": { ...cache, supportedVersions: [modern, "2025-11-25"], capabilities, serverInfo },
  "tools/list": { ...cache, tools },
  "tools/call": called,
};

/** Whatever the headers say. */
function modernAnswer({ id, method = "" }: Asked): object {
  const result = modernResults[method];
  return result === undefined
    ? { jsonrpc: "2.0", id, error: { code: -32601, message: "Method not found" } }
    : { jsonrpc: "2.0", id, result: { resultType: "complete", ...result } };
}

async function handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const body = req.method === "POST" ? ((await json(req)) as Asked) : {};
  if (body.params?._meta !== undefined && "io.modelcontextprotocol/protocolVersion" in body.params._meta)
    return void res.setHeader("content-type", "application/json").end(JSON.stringify(modernAnswer(body)));
  const transport = new StreamableHTTPServerTransport();
  await legacyServer().connect(transport);
  await transport.handleRequest(req, res, body);
}

createServer((req, res) => void handle(req, res).catch(() => res.destroy())).listen(
  Number(process.env["PORT"]),
  "127.0.0.1",
);
