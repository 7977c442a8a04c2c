import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { toNodeHandler } from "@modelcontextprotocol/node";
import { Server as ServerOne } from "@modelcontextprotocol/sdk/server/index.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { CallToolRequestSchema, ListToolsRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { createMcpHandler, Server } from "@modelcontextprotocol/server";

const nouns =
  "account address alert asset audit booking budget calendar campaign card cart case channel claim contact contract coupon customer delivery device discount document employee event expense folder forecast invoice lead ledger meeting order parcel payment payroll product project quote refund report".split(
    " ",
  );
const verbs =
  "approve archive assign cancel clone close compare count create delete describe export find import list lock merge move open read rename restore send split update".split(
    " ",
  );

/** 1,000 tools of 40 nouns and 25 verbs. */
export const thousandNames: readonly string[] = nouns.flatMap((noun) => verbs.map((verb) => `${verb}_${noun}`));

/** What arrived at the tool server: the message and the headers that repeat it. */
export interface Arrived {
  readonly body: string;
  readonly headers: IncomingMessage["headers"];
}

export interface ThousandTools {
  readonly origin: string;
  readonly arrived: Arrived[];
  /** Tools that stand in the place of as many of the 1,000. */
  readonly more: object[];
  close(): Promise<void>;
}

const perPage = 300;

/**
 * A tool server with 1,000 tools, listed in pages, that says back what it was called with. "both": as SDK 2 makes it, without sessions, for
 * both eras. "sessions": as SDK 1 makes it, with sessions and event streams.
 */
export async function thousandTools(kind: "both" | "sessions" = "both"): Promise<ThousandTools> {
  const arrived: Arrived[] = [];
  const more: object[] = [];
  const listed = thousandNames.map(tool);
  const all = (): readonly object[] => [...more, ...listed.slice(more.length)];
  const handle = kind === "both" ? toNodeHandler(createMcpHandler(() => server(all()))) : inSessions(all);
  const http = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on("data", (chunk: Buffer) => chunks.push(chunk));
    req.on("end", () => {
      const body = Buffer.concat(chunks).toString();
      arrived.push({ body, headers: req.headers });
      void handle(req as never, res, body === "" ? undefined : JSON.parse(body));
    });
  });
  await new Promise<void>((done) => http.listen(0, "127.0.0.1", done));
  return {
    origin: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    arrived,
    more,
    close: () => {
      http.closeAllConnections();
      return new Promise((done) => http.close(() => done()));
    },
  };
}

function tool(name: string): object {
  const [verb = "", noun = ""] = name.split("_");
  const region = name === "read_invoice" ? { region: { type: "string", "x-mcp-header": "Region" } } : {};
  return {
    name,
    description: `Use this to ${verb} one ${noun}, or several of them, in the system of record of the company.`,
    inputSchema: { type: "object", properties: { id: { type: "string" }, amount: { type: "number" }, ...region } },
  };
}

const info = { name: "thousand", version: "1" };
const capabilities = { capabilities: { tools: {} } };

function server(tools: readonly object[]): Server {
  const made = new Server(info, capabilities);
  made.setRequestHandler("tools/list", ({ params }) => page(tools, params?.cursor));
  made.setRequestHandler("tools/call", ({ params }) => said(params));
  return made;
}

function inSessions(tools: () => readonly object[]) {
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  return async function handle(req: IncomingMessage, res: ServerResponse, body: unknown): Promise<void> {
    const known = sessions.get(String(req.headers["mcp-session-id"]));
    if (known !== undefined) return known.handleRequest(req, res, body);
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => void sessions.set(id, transport),
    });
    const made = new ServerOne(info, capabilities);
    made.setRequestHandler(ListToolsRequestSchema, ({ params }) => page(tools(), params?.cursor));
    made.setRequestHandler(CallToolRequestSchema, ({ params }) => said(params));
    await made.connect(transport);
    await transport.handleRequest(req, res, body);
  };
}

function page(tools: readonly object[], cursor = "0") {
  const from = Number(cursor);
  const next = from + perPage < tools.length ? { nextCursor: String(from + perPage) } : {};
  return { tools: tools.slice(from, from + perPage) as never, ...next };
}

function said({ name, arguments: args = null }: { readonly name: string; readonly arguments?: unknown }) {
  const text = JSON.stringify({ name, arguments: args });
  return { content: [{ type: "text" as const, text }], structuredContent: { ran: name } };
}
