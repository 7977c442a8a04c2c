import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { toNodeHandler } from "@modelcontextprotocol/node";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { createMcpHandler, McpServer as ModernServer } from "@modelcontextprotocol/server";
import { z } from "zod";

/** A call of the tool `wait`, as the server has it. */
interface WaitingCall {
  readonly session: string | null;
  /** The SDK aborts it when `notifications/cancelled` names this call in its session, or when the stream of a call without session ends. */
  readonly signal: AbortSignal;
  /** Whether the connection was closed before the answer. */
  closed(): boolean;
  /** Lets the call end with an answer. */
  end(): void;
}

export interface CancellableServer {
  readonly origin: string;
  /** By the argument `id`. */
  readonly calls: Map<string, WaitingCall>;
  /** The methods of all messages with a session that came in, in their order. */
  readonly heard: string[];
  close(): Promise<void>;
}

interface Running {
  readonly sessionId?: string | undefined;
  readonly signal: AbortSignal;
}

/** A tool server whose tool `wait` runs until a test ends it: of the SDK 1.x with sessions, and of the SDK 2.x at MCP 2026-07-28. */
export async function cancellableServer(): Promise<CancellableServer> {
  const calls = new Map<string, WaitingCall>();
  const heard: string[] = [];
  const streams = new Map<string, ServerResponse>();
  const sessions = new Map<string, StreamableHTTPServerTransport>();

  const wait = (id: string, { sessionId, signal }: Running) =>
    new Promise<{ content: { type: "text"; text: string }[] }>((done) => {
      const end = () => done({ content: [{ type: "text", text: `ended ${id}` }] });
      const res = streams.get(id);
      const closed = () => res?.destroyed === true && !res.writableFinished;
      calls.set(id, { session: sessionId ?? null, signal, closed, end });
    });
  const tool = { description: "Waits.", inputSchema: z.object({ id: z.string() }) };

  async function open(): Promise<StreamableHTTPServerTransport> {
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => void sessions.set(id, transport),
    });
    const server = new McpServer({ name: "cancellable", version: "1" });
    server.registerTool("wait", { ...tool, inputSchema: { id: z.string() } }, ({ id }, extra) => wait(id, extra));
    await server.connect(transport);
    return transport;
  }

  const modern = toNodeHandler(
    createMcpHandler(() => {
      const server = new ModernServer({ name: "cancellable", version: "1" });
      server.registerTool("wait", tool, ({ id }, { mcpReq }) => wait(id, mcpReq));
      return server;
    }),
  ) as (...given: [...Parameters<RequestListener>, unknown]) => void;

  async function handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const body = req.method === "POST" ? ((await json(req)) as Message) : undefined;
    const { id } = body?.params?.arguments ?? {};
    if (id !== undefined && body?.params?.name === "wait") streams.set(id, res);
    if (req.headers["mcp-protocol-version"] === "2026-07-28") return modern(req, res, body);
    if (body?.method !== undefined) heard.push(body.method);
    const known = sessions.get(String(req.headers["mcp-session-id"]));
    await (known ?? (await open())).handleRequest(req, res, body);
  }
  const http = createServer((req, res) => void handle(req, res).catch(() => res.destroy()));
  await new Promise<void>((done) => http.listen(0, "127.0.0.1", done));
  return {
    origin: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    calls,
    heard,
    close: () => {
      http.closeAllConnections();
      return new Promise((done) => void http.close(() => done()));
    },
  };
}

interface Message {
  readonly method?: string;
  readonly params?: { readonly name?: string; readonly arguments?: { readonly id?: string } };
}
