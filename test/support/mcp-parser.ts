/** Sends MCP messages to a real parser with one MCP route, `crm`, and one that omits bodies, `blind`. */
import type { JsonObject } from "../../gateway/lib/json.ts";
import { route } from "./builders.ts";
import { type Heard, type Parser, startParser } from "./parser.ts";

export interface McpParser extends Parser {
  send(body: unknown, ...headers: string[]): Promise<Heard>;
  codeFor(body: unknown, ...headers: string[]): Promise<string>;
}

export async function startMcpParser(): Promise<McpParser> {
  const crm = {
    protocol: "mcp",
    server: "crm",
    upstreamPrefix: "/mcp",
    methods: new Set(["GET", "POST", "DELETE"]),
  } as const;
  const parser = await startParser([
    route({ ...crm, id: "crm", prefix: "/mcp/crm" }),
    route({ ...crm, id: "blind", prefix: "/mcp/blind", body: { ...route().body, policy: "omit" } }),
  ]);
  const send = (body: unknown, ...headers: string[]): Promise<Heard> =>
    parser.ask({
      target: "/mcp/crm",
      headers: ["Content-Type: application/json", "Accept: application/json, text/event-stream", ...headers],
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  const codeFor = async (body: unknown, ...headers: string[]): Promise<string> =>
    (await send(body, ...headers)).refusal?.code ?? "accepted";
  return { ...parser, send, codeFor };
}

export const call = { name: "read_customer", arguments: { customer_id: "7" } };

/** A legacy tool call, changed where a test says so. */
export const message = (more: JsonObject = {}): JsonObject => ({
  jsonrpc: "2.0",
  id: 1,
  method: "tools/call",
  params: call,
  ...more,
});

export const latest = "MCP-Protocol-Version: 2026-07-28";
export const meta = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
};
/** The same call as the 2026-07-28 era sends it, and the headers that repeat it. */
export const modern = (more: JsonObject = {}): JsonObject => message({ params: { ...call, _meta: meta }, ...more });
export const mirrored = [latest, "Mcp-Method: tools/call", "Mcp-Name: read_customer"];
