/** A real HTTP server that parses whatever arrives and tells what it made of it, for tests that send raw bytes. */
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { ClientConnection, DeadConnections } from "../../gateway/domain/connections.ts";
import { asRefusal, type Refusal } from "../../gateway/domain/errors.ts";
import { type Exchange, newContext } from "../../gateway/domain/exchange.ts";
import type { Route } from "../../gateway/domain/route.ts";
import type { ToolCall } from "../../gateway/domain/tool-call.ts";
import { createParse, type Parse } from "../../gateway/parse/parse.ts";

export interface Heard {
  readonly exchange: Exchange;
  readonly call: ToolCall | null;
  readonly refusal: Refusal | null;
}

export interface Parser {
  readonly heard: Heard[];
  readonly parse: Parse;
  readonly port: number;
  /** Writes the bytes as they are (chunk by chunk); resolves with all that came back when the connection ends or rests. */
  raw(...chunks: (string | Buffer)[]): Promise<string>;
  /** One well-formed request; resolves with what was made of it. */
  ask(request: Ask): Promise<Heard>;
  close(): Promise<void>;
}

export interface Ask {
  readonly method?: string;
  readonly target: string;
  readonly headers?: readonly string[];
  readonly body?: string | Buffer;
}

export async function startParser(
  routes: readonly Route[],
  requestTimeoutMs = 60_000,
  waits: () => boolean = () => false,
): Promise<Parser> {
  const heard: Heard[] = [];
  const parse = createParse(routes, { requestTimeoutMs, maxHeaders: 100, connections: new DeadConnections(), waits });
  const server = createServer({ requireHostHeader: false }, (req, res) => {
    const exchange = exchangeOf(req, res);
    const tell = (call: ToolCall | null, refusal: Refusal | null): void => {
      heard.push({ exchange, call, refusal });
      res.writeHead(refusal?.status ?? 200).end(refusal?.code ?? call?.name);
    };
    parse(exchange).then(
      (call) => tell(call, null),
      (thrown: unknown) => tell(null, asRefusal(thrown)),
    );
  });
  server.on("clientError", (_error, socket) =>
    socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\nunparsable"),
  );
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  const raw = (...chunks: (string | Buffer)[]): Promise<string> => exchangeBytes(port, chunks);
  return { heard, parse, port, raw, ask: (request) => ask(heard, raw, request), close: () => closed(server) };
}

export function exchangeOf(req: Exchange["req"], res: Exchange["res"]): Exchange {
  const context = newContext({ decisionId: "d_1", request: req, startedAt: 0 });
  const connection = new ClientConnection();
  return {
    req,
    res,
    receivedAt: 0,
    connection,
    body: null,
    resumed: null,
    eventStreamOpen: false,
    context,
  };
}

const RESTS_MS = 150;
/** Turns of the event loop, in which server and client read what has arrived, however slow the machine is. */
const RESTS_TURNS = 50;
/** A guard against what hangs: whatever is sent is answered. */
const FIRST_ANSWER_MS = 60_000;

function exchangeBytes(port: number, chunks: readonly (string | Buffer)[]): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    let answer = "";
    let rest = setTimeout(() => socket.destroy(), FIRST_ANSWER_MS);
    const restsAgain = (): void => {
      const before = answer;
      clearTimeout(rest);
      rest = setTimeout(() => afterTurns(RESTS_TURNS, () => answer === before && socket.destroy()), RESTS_MS);
    };
    socket.on("data", (data) => {
      answer += data.toString("latin1");
      restsAgain();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      clearTimeout(rest);
      resolve(answer);
    });
    chunks.forEach((chunk, index) => setTimeout(() => socket.destroyed || socket.write(chunk), index * 20));
  });
}

function afterTurns(turns: number, then: () => void): void {
  if (turns === 0) then();
  else setImmediate(afterTurns, turns - 1, then);
}

async function ask(heard: Heard[], raw: Parser["raw"], request: Ask): Promise<Heard> {
  const body = request.body === undefined ? null : Buffer.from(request.body);
  const lines = [
    `${request.method ?? (body === null ? "GET" : "POST")} ${request.target} HTTP/1.1`,
    ...(request.headers ?? []),
  ];
  if (!lines.some((line) => /^host:/i.test(line))) lines.push("Host: gateway.example");
  if (body !== null) lines.push(`Content-Length: ${body.length}`);
  const before = heard.length;
  const answer = await raw(
    Buffer.concat([
      Buffer.from(`${lines.join("\r\n")}\r\nConnection: close\r\n\r\n`, "latin1"),
      body ?? Buffer.alloc(0),
    ]),
  );
  const result = heard[before];
  if (result === undefined)
    throw new Error(`the server never saw the request; it answered ${JSON.stringify(answer.slice(0, 80))}`);
  return result;
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((done) => server.close(() => done()));
}

/** The code a function refuses with; "accepted" when it does not. */
export function codeOf(read: () => unknown): string {
  try {
    read();
    return "accepted";
  } catch (thrown) {
    return asRefusal(thrown).code;
  }
}
