/** Callers and tool servers that take what others need: connections, memory, time. */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { eventually } from "../../support/eventually.ts";
import { recordingUpstream, type RecordingUpstream } from "../../support/recording-upstream.ts";
import { crmRoute, paymentsRoute } from "../../support/routes.ts";
import { startGateway, type TestGateway } from "../../support/start-gateway.ts";

const order = "/payments/v1/orders/o-881";
/** A guard against what hangs: a busy machine is slow. */
const hangsMs = 60_000;
let upstream: RecordingUpstream;
let gateway: TestGateway;
let token: string;
let support: string;
const sockets: Socket[] = [];
const leaving = new AbortController();

beforeAll(async () => {
  upstream = await recordingUpstream();
  const to = { origin: upstream.origin, allow_addresses: ["loopback"], connections: 2, body_timeout: "1s" };
  gateway = await startGateway({
    routes: [
      paymentsRoute(upstream.origin, { upstream: to }),
      crmRoute(upstream.origin, { upstream: { ...to, max_response: "256KiB" } }),
    ],
  });
  token = gateway.token({ sub: "refund-bot", role: "refunds" }, "/payments");
  support = gateway.token({ sub: "support-bot", role: "support" }, "/mcp/crm");
});
afterAll(async () => {
  leaving.abort();
  for (const socket of sockets) socket.destroy();
  await Promise.all([gateway?.close(), upstream?.close()]);
});

const read = (): Promise<Response> =>
  fetch(gateway.agents + order, {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(hangsMs),
  });

function open(bytes: string): Socket {
  const { hostname, port } = new URL(gateway.agents);
  const socket = connect(Number(port), hostname, () => socket.write(bytes)).on("error", () => undefined);
  sockets.push(socket);
  return socket;
}

async function rssMb(): Promise<number> {
  const status = await readFile(`/proc/${gateway.pid()}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

test("leaves connections for calls when callers keep their streams open", async () => {
  upstream.answerWith((req, res) => {
    if (req.method !== "GET")
      return void res.setHeader("content-type", "application/json").end('{"jsonrpc":"2.0","id":1,"result":{}}');
    res.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
  });
  const headers = { authorization: `Bearer ${support}`, accept: "text/event-stream" };
  const streams = await Promise.all(
    Array.from({ length: 6 }, () => fetch(`${gateway.agents}/mcp/crm`, { headers, signal: leaving.signal })),
  );
  expect(streams.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
  const ping = await fetch(`${gateway.agents}/mcp/crm`, {
    method: "POST",
    headers: { ...headers, accept: "application/json, text/event-stream", "content-type": "application/json" },
    body: '{"jsonrpc":"2.0","id":1,"method":"ping"}',
    signal: AbortSignal.timeout(hangsMs),
  });
  expect(ping.status).toBe(200);
});

test("takes a connection back from a caller that does not read its answer", async () => {
  upstream.answerWith((_req, res) =>
    res.setHeader("content-type", "application/octet-stream").end(Buffer.alloc(7 * 1024 * 1024)),
  );
  const before = upstream.requests.length;
  for (let n = 0; n < 4; n++)
    open(`GET ${order} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`).pause();
  // The others wait for one of the two connections.
  await eventually("two calls have a connection", () => (upstream.requests.length - before >= 2 ? true : null));
  upstream.answerWith((_req, res) => res.end("{}"));
  expect((await read()).status).toBe(200);
});

test("does not keep an event without an end in memory", async () => {
  let sent = 0;
  upstream.answerWith((_req, res) => {
    res.writeHead(200, { "content-type": "text/event-stream" });
    const line = Buffer.alloc(64 * 1024, "x");
    const more = (): void => {
      while (!res.destroyed && sent < 96 * 1024 * 1024) {
        sent += line.length;
        if (!res.write(line)) return void res.once("drain", more);
      }
    };
    res.write("data: ");
    more();
  });
  const answer = await fetch(`${gateway.agents}/mcp/crm`, {
    headers: { authorization: `Bearer ${support}`, accept: "text/event-stream" },
    signal: AbortSignal.timeout(hangsMs),
  });
  await expect(answer.text()).rejects.toThrow();
  expect(sent).toBeLessThan(32 * 1024 * 1024);
  upstream.answerWith((_req, res) => res.end("{}"));
});

test("serves others while hundreds of sockets send slowly or nothing", async () => {
  const half = `POST /payments/v1/refunds HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`;
  const slow = Array.from({ length: 100 }, () => ["G", "GET / HTTP/1.1\r\nHo", half].map(open)).flat();
  await Promise.all(slow.map((socket) => once(socket, "connect")));
  const answers = await Promise.all(Array.from({ length: 20 }, read));
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
});

test("grows neither by requests, nor by invented tools, sessions and headers", async () => {
  const one = async (n: number): Promise<void> => {
    const mcp = n % 2 === 0;
    const answer = await fetch(gateway.agents + (mcp ? "/mcp/crm" : order), {
      method: mcp ? "POST" : "GET",
      headers: {
        authorization: `Bearer ${mcp ? support : token}`,
        ...(mcp ? { "content-type": "application/json", accept: "application/json, text/event-stream" } : {}),
        "sallyport-session": `s-${n}`,
        [`x-${n}`]: "1",
      },
      ...(mcp
        ? {
            body: JSON.stringify({
              jsonrpc: "2.0",
              id: n,
              method: "tools/call",
              params: { name: `tool-${n}`, arguments: {} },
            }),
          }
        : {}),
    });
    await answer.arrayBuffer();
  };
  let next = 0;
  const run = (count: number): Promise<unknown> => {
    const end = next + count;
    const worker = async (): Promise<void> => {
      while (next < end) await one(next++);
    };
    return Promise.all(Array.from({ length: 16 }, worker));
  };
  // The engine takes memory for the first requests that it does not take again.
  await run(900);
  const before = await rssMb();
  await run(900);
  // 45 to 76 MB in eight runs: a session of its own is remembered for each, and when V8 collects is its own affair.
  expect((await rssMb()) - before).toBeLessThan(120);
  expect(gateway.output()).not.toMatch(/MaxListenersExceeded|Warning:/);
});
