import { noInjection } from "../../../../gateway/act/credentials/injection.ts";
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { forward } from "../../../../gateway/act/forward/forward.ts";
import { Upstreams } from "../../../../gateway/act/forward/upstreams.ts";
import type { EvaluatedCall, Exchange } from "../../../../gateway/domain/exchange.ts";
import { ClientConnection } from "../../../../gateway/domain/connections.ts";
import type { Outcome } from "../../../../gateway/domain/decision-record.ts";
import { digested, type McpMessage } from "../../../../gateway/domain/tool-call.ts";
import { evaluated, route, TestClock, testIds, toolCall } from "../../../support/builders.ts";
import { access, nothingEnds } from "../../../support/endings.ts";
import { Exchanges } from "../../../../gateway/pipeline/exchanges.ts";

const unread = { judge: null, capture: null };
const own = { ...noInjection, headers: ["authorization", "Bearer own"] };

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function listen(
  handler: (req: IncomingMessage, res: ServerResponse) => void,
): Promise<{ server: Server; origin: string }> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(
    () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(resolve);
      }),
  );
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function callTo(origin: string, upstream: Partial<EvaluatedCall["call"]["route"]["upstream"]> = {}): EvaluatedCall {
  const base = route();
  const to = { ...base, upstream: { ...base.upstream, origin, ...upstream } };
  return evaluated({ call: { ...toolCall({ route: to }), request: { ...toolCall().request, origin } } });
}

/** A front door that forwards whatever arrives as the given call, and the outcomes it had. */
async function gatewayFor(
  call: EvaluatedCall,
): Promise<{ origin: string; outcomes: Outcome[]; settled: () => Promise<Outcome>; stop: () => Promise<void> }> {
  const upstreams = new Upstreams(nothingEnds);
  closing.push(() => upstreams.destroy());
  const outcomes: Outcome[] = [];
  const waiting: ((outcome: Outcome) => void)[] = [];
  const exchanges = new Exchanges(new TestClock(), testIds());
  const { origin } = await listen((req, res) => {
    const exchange: Exchange = exchanges.begin(req, res);
    exchange.context.route = call.call.route;
    void forward(upstreams, exchange, call, own, unread).then((outcome) => {
      outcomes.push(outcome);
      for (const resolve of waiting.splice(0)) resolve(outcome);
    });
  });
  const settled = () =>
    outcomes[0] === undefined ? new Promise<Outcome>((resolve) => waiting.push(resolve)) : Promise.resolve(outcomes[0]);
  return { origin, outcomes, settled, stop: () => upstreams.destroy() };
}

test("sends exactly what was judged, with our credential, and the tool server can recompute the digest", async () => {
  let seen: { digest: string; headers: IncomingMessage["headers"] } | null = null;
  const upstream = await listen((req, res) => {
    const chunks: Buffer[] = [];
    req
      .on("data", (chunk: Buffer) => chunks.push(chunk))
      .on("end", () => {
        const type = req.headers["content-type"] ?? null;
        seen = {
          digest: digested(req.method ?? "", req.url ?? "", type, Buffer.concat(chunks)).digest,
          headers: req.headers,
        };
        res.writeHead(201, {
          "content-type": "application/json",
          connection: "x-secret",
          "x-secret": "1",
          "sallyport-decision": "forged",
        });
        res.end('{"ok":true}');
      });
  });
  const call = callTo(upstream.origin);
  const gateway = await gatewayFor(call);
  const answer = await fetch(gateway.origin, {
    headers: { authorization: "Bearer agent", traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01` },
  });
  expect([answer.status, await answer.text()]).toEqual([201, '{"ok":true}']);
  expect(answer.headers.get("x-secret")).toBeNull();
  expect(answer.headers.get("sallyport-decision")).toBe(call.decisionId);
  expect(seen!.digest).toBe(call.call.request.digest);
  expect(seen!.headers.authorization).toBe("Bearer own");
  expect(seen!.headers.traceparent).toMatch(/^00-a{32}-(?!b{16})[0-9a-f]{16}-01$/);
  expect(await gateway.settled()).toMatchObject({
    kind: "forwarded",
    upstreamStatus: 201,
    forwardedDigest: call.call.request.digest,
    responseBytes: 11,
  });
});

test("rejects, and does not throw, when the request cannot even be put together: a used-up approval gets its ending", async () => {
  const call = callTo("http://127.0.0.1:9");
  const unspeakable = { ...call, subject: { ...call.subject, id: "\ud800" } };
  const exchange = {
    req: { rawHeaders: [] },
    context: {},
    res: {},
    connection: new ClientConnection(),
    eventStreamOpen: false,
  } as unknown as Exchange;
  const forwarding = forward(new Upstreams(nothingEnds), exchange, unspeakable, noInjection, unread);
  await expect(forwarding).rejects.toThrow("URI malformed");
});

test("tells a dead tool server from one that broke off: nothing was executed, or nobody knows", async () => {
  const dead = await listen(() => {});
  closing.pop();
  await new Promise((resolve) => dead.server.close(resolve));
  const first = await gatewayFor(callTo(dead.origin));
  expect((await fetch(first.origin)).status).toBe(502);
  expect(await first.settled()).toMatchObject({ kind: "failed", code: "upstream_unreachable", forwardedDigest: null });
  const cutting = await listen((req) => {
    req.socket.destroy();
  });
  const second = await gatewayFor(callTo(cutting.origin));
  expect((await fetch(second.origin)).status).toBe(502);
  expect(await second.settled()).toMatchObject({ kind: "unknown", code: "upstream_broken" });
});

test("says of a call that is cut off when the gateway stops that the gateway has ended it", async () => {
  const seen = Promise.withResolvers<void>();
  const silent = await listen(() => seen.resolve());
  const gateway = await gatewayFor(callTo(silent.origin));
  const asked = fetch(gateway.origin);
  await seen.promise;
  await gateway.stop();
  expect(await (await asked).json()).toMatchObject({ code: "upstream_cut_off", executed: null });
  expect(await gateway.settled()).toMatchObject({ kind: "unknown", code: "upstream_cut_off" });
});

test.each<[string, Partial<McpMessage> | null, number, Outcome["kind"]]>([
  ["404 in a session of MCP", { transportSession: "s-1" }, 404, "failed"],
  ["404 where there is no session", { transportSession: null }, 404, "forwarded"],
  ["404 of plain HTTP", null, 404, "forwarded"],
  ["400 in a session of MCP", { transportSession: "s-1" }, 400, "forwarded"],
])("says of %s whether the call was executed", async (_, message, status, kind) => {
  const { origin } = await listen((_req, res) => res.writeHead(status).end());
  const call = callTo(origin);
  const mcp = message as McpMessage | null;
  const asked = await gatewayFor({ ...call, call: { ...call.call, mcp } });
  expect((await fetch(asked.origin)).status).toBe(status);
  expect(await asked.settled()).toMatchObject({ kind, upstreamStatus: status });
});

test("tells a sink that its answer has broken off, and tells the same of the call when the sink fails with that", async () => {
  const cutting = await listen((req) => void req.socket.destroy());
  let told = 0;
  const brokenOff = async (): Promise<void> => {
    told += 1;
    throw new Error("the store is locked");
  };
  const sink = { head: () => {}, data: () => true, onDrain: () => {}, end: () => {}, brokenOff };
  const connection = new ClientConnection();
  const res = { headersSent: true, writableEnded: true, destroy: () => {} };
  const exchange = { req: { rawHeaders: [] }, context: {}, res, connection, answerSink: () => sink };
  const upstreams = new Upstreams(nothingEnds);
  closing.push(() => upstreams.destroy());
  const call = callTo(cutting.origin);
  const outcome = await forward(upstreams, exchange as unknown as Exchange, call, noInjection, unread);
  expect([told, outcome]).toEqual([1, expect.objectContaining({ kind: "unknown", code: "upstream_broken" })]);
});

test("gives up on a silent tool server and says that the outcome is not known", async () => {
  const silent = await listen(() => {});
  const gateway = await gatewayFor(callTo(silent.origin, { headersTimeoutMs: 50 }));
  expect((await fetch(gateway.origin)).status).toBe(504);
  expect(await gateway.settled()).toMatchObject({ kind: "unknown", code: "upstream_timeout" });
});

test("cuts the caller's connection when the answer breaks off half-way or grows beyond its cap", async () => {
  let breakOff: () => void = () => undefined;
  const half = await listen((_req, res) => {
    res.writeHead(200, { "content-length": "100" });
    res.write("half");
    breakOff = () => res.destroy();
  });
  const first = await gatewayFor(callTo(half.origin));
  const begun = await fetch(first.origin);
  breakOff();
  await expect(begun.text()).rejects.toThrow();
  const huge = await listen((_req, res) => {
    res.write("x".repeat(5_000));
    res.end("y".repeat(5_000));
  });
  const second = await gatewayFor(callTo(huge.origin, { maxResponseBytes: 6_000 }));
  await expect(fetch(second.origin).then((answer) => answer.text())).rejects.toThrow();
  expect(await second.settled()).toMatchObject({ code: "upstream_too_large" });
});

test("flushes an event stream event by event", async () => {
  let push: ServerResponse | null = null;
  const upstream = await listen((_req, res) => {
    res.writeHead(200, { "content-type": "text/event-stream" });
    res.flushHeaders();
    push = res;
  });
  const gateway = await gatewayFor(callTo(upstream.origin));
  const answer = await fetch(gateway.origin);
  const reader = answer.body!.getReader();
  for (const n of [1, 2, 3]) {
    push!.write(`data: ${n}\n\n`);
    expect(Buffer.from((await reader.read()).value).toString()).toBe(`data: ${n}\n\n`);
  }
  push!.end();
  expect(answer.headers.get("x-accel-buffering")).toBe("no");
});

test("aborts the upstream request when its caller leaves", async () => {
  const connection = new Promise<void>((resolve) => {
    void listen((_req, res) => {
      res.writeHead(200, { "content-type": "text/event-stream" });
      res.flushHeaders();
      res.on("close", resolve);
    }).then(async ({ origin }) => {
      const gateway = await gatewayFor(callTo(origin));
      const leaving = request(gateway.origin, (answer) => {
        answer.resume();
        leaving.destroy();
      });
      leaving.on("error", () => {});
      leaving.end();
      expect(await gateway.settled()).toMatchObject({ kind: "abandoned", code: "client_gone" });
    });
  });
  await connection;
});

test("does not read on while the caller does not", async () => {
  let written = 0;
  const upstream = await listen((_req, res) => {
    const chunk = Buffer.alloc(64 * 1024);
    const fill = () => {
      while (written < 400 * chunk.length) {
        written += chunk.length;
        if (!res.write(chunk)) {
          res.once("drain", fill);
          return;
        }
      }
      res.end();
    };
    fill();
  });
  const gateway = await gatewayFor(callTo(upstream.origin, { maxResponseBytes: 1e9 }));
  const slow = request(gateway.origin, (answer) => {
    answer.pause();
  });
  slow.end();
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(written).toBeLessThan(20 * 1024 * 1024);
  slow.destroy();
  await gateway.settled();
});

test("does not connect to an address of a class that the route does not allow", async () => {
  const upstream = await listen((_req, res) => res.end());
  const call = callTo(upstream.origin, { addresses: new Set() });
  const upstreams = new Upstreams(nothingEnds);
  const options = {
    headers: [],
    injection: noInjection,
    exclusive: false,
    connection: new ClientConnection(),
    mayIdle: false,
    judgesEvents: false,
    access,
  };
  await expect(upstreams.send(call.call, options, null as never)).rejects.toMatchObject({
    code: "upstream_address_refused",
  });
  const named = callTo(upstream.origin.replace("127.0.0.1", "localhost"), { addresses: new Set() });
  const gateway = await gatewayFor(named);
  expect((await fetch(gateway.origin)).status).toBe(502);
  expect(await gateway.settled()).toMatchObject({ code: "upstream_address_refused", kind: "failed" });
});
