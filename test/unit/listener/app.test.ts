import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { DeadConnections } from "../../../gateway/domain/connections.ts";
import { type AgentApp, createAgentServer, createApp, type ServerLimits } from "../../../gateway/listener/app.ts";
import { PendingAnswers } from "../../../gateway/listener/pending-answers.ts";
import { eventually } from "../../support/eventually.ts";
import { systemClock } from "../../../gateway/compose/clock-and-ids.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

const answer = (text: string) => (_req: IncomingMessage, res: ServerResponse) => void res.end(text);

/** An app whose parts say who answered. */
function app(connections: Pick<DeadConnections, "has"> = new DeadConnections(), enforce = answer("call")): AgentApp {
  return createApp({
    enforce,
    own: new Map([["livez", answer("own")]]),
    withBody: new Map([["access", answer("with body")]]),
    connections,
    pending: new PendingAnswers(32),
    preflight: (req, res) => {
      if (req.headers.origin === undefined) return false;
      res.end("preflight");
      return true;
    },
  });
}

async function listen(server: Server): Promise<number> {
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return (server.address() as AddressInfo).port;
}

/** Everything that comes back for the bytes until the connection ends. */
async function exchange(port: number, bytes: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  closing.push(() => socket.destroy());
  let back = "";
  socket.on("data", (chunk) => (back += chunk.toString("latin1"))).on("error", () => undefined);
  socket.write(bytes);
  await eventually("the connection ends", () => (socket.closed ? true : null));
  return back;
}

const request = (line: string, ...headers: string[]): string =>
  [`${line} HTTP/1.1`, "Host: gateway.example", "Connection: close", ...headers, "", ""].join("\r\n");

describe("a request", () => {
  let port: number;
  beforeEach(async () => {
    port = await listen(createServer(app().listener));
  });
  const answeredBy = async (line: string, ...headers: string[]): Promise<string> =>
    (await exchange(port, request(line, ...headers))).split("\r\n\r\n")[1]?.replace(/^\w+\r\n|\r\n0$/g, "") ?? "";

  test.each([
    ["GET /livez", "own"],
    ["GET /livez?a=1", "own"],
    ["GET /livez/more", "own"],
    ["GET /livezz", "call"],
    ["GET /payments/livez", "call"],
    ["GET //livez", "call"],
    ["GET /Livez", "call"],
    ["GET /%6civez", "call"],
    ["GET *", "call"],
    ["GET http://gateway.example/livez", "call"],
    ["POST /access/v1/evaluation", "with body"],
    ["OPTIONS /payments", "call"],
  ])("%s is answered as %s", async (line, by) => {
    expect(await answeredBy(line)).toContain(by);
  });

  test.each(["Content-Length: 1", "Transfer-Encoding: chunked", "Upgrade: h2c", "Trailer: x"])(
    "for an answer of the gateway that says %s is read by the strict parser",
    async (header) => {
      expect(await answeredBy("GET /livez", header)).toContain("call");
      expect(await answeredBy("GET /access", header)).toContain("with body");
    },
  );

  test("of a browser that asks first is answered by the preflight", async () => {
    expect(await answeredBy("OPTIONS /payments", "Origin: https://app.example")).toContain("preflight");
  });

  test("on a connection that was given up is left to the request path, which refuses it", async () => {
    port = await listen(createServer(app({ has: () => true }).listener));
    for (const line of ["GET /livez", "POST /access", "OPTIONS /payments"])
      expect(await answeredBy(line, "Origin: https://app.example")).toContain("call");
  });

  test("is answered without a word on what answers", async () => {
    expect(await exchange(port, request("GET /payments"))).not.toMatch(/x-powered-by|etag/i);
  });
});

describe("the agents' server", () => {
  const limits: ServerLimits = {
    maxHeaderBytes: 16_384,
    headersTimeoutMs: 60_000,
    requestTimeoutMs: 60_000,
    keepAliveMs: 5_000,
    connections: 100,
    stalledReaderMs: 60_000,
  };

  async function serve(
    changes: Partial<ServerLimits> = {},
    served = app(),
  ): Promise<{ port: number; refused: string[] }> {
    const refused: string[] = [];
    const malformed: Parameters<typeof createAgentServer>[2] = (error, socket) => {
      refused.push(String(error.code));
      socket.destroy();
    };
    const server = createAgentServer(served, { ...limits, ...changes }, malformed, null, systemClock);
    return { port: await listen(server), refused };
  }

  test("hands a request without Host to the request path", async () => {
    const { port } = await serve();
    expect(await exchange(port, "GET /payments HTTP/1.1\r\nConnection: close\r\n\r\n")).toContain("call");
  });

  test("hands on each header of a request that has more of them than Node would keep", async () => {
    const counts = app(undefined, (req, res) => void res.end(`${req.rawHeaders.length / 2} headers`));
    const { port } = await serve({}, counts);
    const many = Array.from({ length: 2_500 }, () => "a:b");
    expect(await exchange(port, request("GET /payments", ...many))).toContain("2502 headers");
  });

  test.each([
    ["bytes that are no request", "GARBAGE\r\n\r\n", "HPE_INVALID_METHOD"],
    ["a head that is too long", `GET / HTTP/1.1\r\na: ${"x".repeat(20_000)}\r\n\r\n`, "HPE_HEADER_OVERFLOW"],
    ["CONNECT", "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", "method_refused"],
  ])("hands %s to who refuses what has no response", async (_what, bytes, code) => {
    const { port, refused } = await serve();
    await exchange(port, bytes);
    expect(refused).toEqual([code]);
  });

  test("hands a connection too many there too", async () => {
    const { port, refused } = await serve({ connections: 1 });
    const first = connect(port, "127.0.0.1");
    closing.push(() => first.destroy());
    await new Promise((done) => first.once("connect", done));
    await exchange(port, request("GET /livez"));
    expect(refused).toEqual(["overloaded"]);
  });

  test("invites a body that waits for it, and leaves any other expectation to the request path", async () => {
    const { port } = await serve();
    expect(await exchange(port, request("POST /payments", "Content-Length: 0", "Expect: 100-continue"))).toMatch(
      /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /,
    );
    expect(await exchange(port, request("POST /payments", "Content-Length: 0", "Expect: more"))).toMatch(
      /^HTTP\/1\.1 200 /,
    );
  });
});
