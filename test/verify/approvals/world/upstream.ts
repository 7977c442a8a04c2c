import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { messageEvent } from "../../../../gateway/lib/event-stream.ts";

/** One execution: the whole request had arrived. */
export interface Executed {
  readonly line: string;
  readonly body: string;
  readonly headers: IncomingMessage["headers"];
  /** What the call is about: its member `item`, wherever a protocol puts the arguments. */
  readonly item: string;
}

/** A tool server that counts what it carries out, by the item each call is about, and remembers all of it. */
export interface CountingUpstream {
  readonly origin: string;
  readonly executed: readonly Executed[];
  /** How often a call about this item was carried out. */
  count(item: string): number;
  /** Called at each execution, before it is answered; a promise holds the answer back. */
  onExecution: (executed: Executed) => Promise<void> | void;
  /** What it says of its MCP tools. */
  describe(tools: readonly object[]): void;
  close(): Promise<void>;
}

interface Message {
  readonly id?: unknown;
  readonly method?: string;
  readonly item?: unknown;
  readonly body?: unknown;
  /** `stream`: the answer is to be an event stream. */
  readonly params?: { readonly arguments?: { readonly item?: unknown; readonly stream?: boolean } };
}

/** Handshakes and lists of MCP; anything else does something. */
const noExecution = new Set(["initialize", "notifications/initialized", "tools/list", "server/discover", "ping"]);

export async function countingUpstream(): Promise<CountingUpstream> {
  const executed: Executed[] = [];
  const counts = new Map<string, number>();
  let tools: readonly object[] = [];
  const server = createServer((req, res) => {
    if (req.method === "GET" && isStream(req)) return void openStream(res).flushHeaders();
    void textOf(req).then(async (body) => {
      if (body === null) return;
      const message = parsed(body);
      if (message.method !== undefined && noExecution.has(message.method)) return answerMcp(res, message, { tools });
      const item = String(message.params?.arguments?.item ?? message.item ?? message.body ?? "none");
      const one = { line: `${req.method} ${req.url}`, body, headers: req.headers, item };
      executed.push(one);
      counts.set(item, (counts.get(item) ?? 0) + 1);
      if (message.params?.arguments?.stream === true) openStream(res).flushHeaders();
      await upstream.onExecution(one);
      if (message.method === undefined)
        res.setHeader("content-type", "application/json").end(JSON.stringify({ done: item }));
      else answerMcp(res, message, { content: [{ type: "text", text: `done ${item}` }] });
    });
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const upstream: CountingUpstream = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    executed,
    count: (item) => counts.get(item) ?? 0,
    onExecution: () => undefined,
    describe: (given) => void (tools = given),
    close: () => {
      server.closeAllConnections();
      return new Promise((done) => server.close(() => done()));
    },
  };
  return upstream;
}

/** Null when the caller went away before all of it had come: nothing is carried out then. */
async function textOf(req: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of req) chunks.push(chunk as Buffer);
  } catch {
    return null;
  }
  return Buffer.concat(chunks).toString();
}

function isStream({ headers }: IncomingMessage): boolean {
  return headers.accept === "text/event-stream";
}

function openStream(res: ServerResponse): ServerResponse {
  return res.setHeader("content-type", "text/event-stream");
}

function parsed(body: string): Message {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? value : { item: value };
  } catch {
    return { item: body };
  }
}

function answerMcp(res: ServerResponse, { id, method }: Message, result: object): void {
  if (id === undefined) return void res.writeHead(202).end();
  const greeting = {
    protocolVersion: "2025-06-18",
    capabilities: { tools: {} },
    serverInfo: { name: "crm", version: "1" },
  };
  if (method === "initialize") res.setHeader("mcp-session-id", randomUUID());
  const whole = { jsonrpc: "2.0", id, result: method === "initialize" ? greeting : result };
  if (res.headersSent) res.end(messageEvent(JSON.stringify(whole)));
  else res.setHeader("content-type", "application/json").end(JSON.stringify(whole));
}
