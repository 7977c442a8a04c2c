import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** One request that began at the tool server. */
export interface Begun {
  readonly method: string;
  /** Its member `item`, wherever a protocol puts the arguments; of a stream, the `item` of its query or its session. */
  readonly item: string;
  readonly decisionId: string;
  /** The JSON-RPC id of an MCP request. */
  readonly rpcId: string | number | null;
  /** When it had arrived, and when its connection was cut before it had an answer; on `performance.now()`. */
  readonly at: number;
  cutAt: number | null;
  /** When `notifications/cancelled` named it. */
  cancelledAt: number | null;
  /** Sends one more event on its stream, or ends it. */
  readonly res: ServerResponse;
}

/** A tool server that never answers: calls hang, streams stay open. */
export interface HangingUpstream {
  readonly origin: string;
  readonly begun: readonly Begun[];
  of(item: string): Begun[];
  close(): Promise<void>;
}

interface Message {
  readonly id?: string | number;
  readonly method?: string;
  readonly item?: unknown;
  readonly stream?: unknown;
  readonly params?: {
    readonly arguments?: { readonly item?: unknown; readonly stream?: unknown };
    readonly requestId?: string | number;
  };
}

/** Events that are sent at once, and one more every `everyMs`; a stream begins with one. */
const everyMs = 200;

export async function hangingUpstream(): Promise<HangingUpstream> {
  const begun: Begun[] = [];
  const server = createServer({ keepAliveTimeout: 60_000 }, (req, res) => {
    void textOf(req).then((body) => {
      if (body === null) return;
      const message = parsed(body);
      if (message.method === "notifications/cancelled") return cancelled(begun, message, res);
      if (message.method === "tools/list") return void answer(res, message, { tools: [] });
      const one = began(req, res, message);
      begun.push(one);
      const isMcp = req.url?.startsWith("/mcp") === true;
      if (wantsStream(req, message)) stream(res, isMcp);
    });
  });
  server.requestTimeout = 0;
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", 4_096, done));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    begun,
    of: (item) => begun.filter((one) => one.item === item),
    close: () => {
      server.closeAllConnections();
      return new Promise((done) => server.close(() => done()));
    },
  };
}

function began(req: IncomingMessage, res: ServerResponse, message: Message): Begun {
  const query = new URL(req.url ?? "/", "http://x").searchParams.get("item");
  const session = req.method === "GET" ? req.headers["mcp-session-id"] : undefined;
  const item = message.params?.arguments?.item ?? message.item ?? query ?? session ?? "none";
  const one: Begun = {
    method: message.method ?? String(req.method),
    item: String(item),
    decisionId: String(req.headers["sallyport-decision"] ?? ""),
    rpcId: message.id ?? null,
    at: performance.now(),
    cutAt: null,
    cancelledAt: null,
    res,
  };
  res.on("close", () => {
    if (!res.writableFinished) one.cutAt = performance.now();
  });
  return one;
}

function wantsStream({ method, headers }: IncomingMessage, { params, stream: asked }: Message): boolean {
  return (
    asked === true || params?.arguments?.stream === true || (method === "GET" && headers.accept === "text/event-stream")
  );
}

function stream(res: ServerResponse, isMcp: boolean): void {
  res.writeHead(200, { "content-type": "text/event-stream" });
  let count = 0;
  const next = (): void => {
    count += 1;
    const params = { level: "info", data: count };
    const message = { jsonrpc: "2.0", method: "notifications/message", params };
    res.write(`data: ${JSON.stringify(isMcp ? message : { count })}\n\n`);
  };
  next();
  const timer = setInterval(next, everyMs);
  res.on("close", () => clearInterval(timer));
}

/** Of several requests with one id the latest that is still open, else the latest. */
function cancelled(begun: readonly Begun[], { params }: Message, res: ServerResponse): void {
  const named = begun.filter(({ rpcId }) => rpcId === params?.requestId);
  const one = named.findLast(({ cutAt }) => cutAt === null) ?? named.at(-1);
  if (one !== undefined) one.cancelledAt = performance.now();
  res.writeHead(202).end();
}

function answer(res: ServerResponse, { id }: Message, result: object): void {
  res.setHeader("content-type", "application/json").end(JSON.stringify({ jsonrpc: "2.0", id, result }));
}

/** Null when the caller went away before all of it had come. */
async function textOf(req: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of req) chunks.push(chunk as Buffer);
  } catch {
    return null;
  }
  return Buffer.concat(chunks).toString();
}

function parsed(body: string): Message {
  try {
    return JSON.parse(body) as Message;
  } catch {
    return {};
  }
}
