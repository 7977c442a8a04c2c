import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { InnerRequest } from "../../../gateway/domain/ports.ts";
import { ServerConnection } from "../../../gateway/stdio/connection.ts";
import type { AnswerMessage, RequestMessage } from "../../../gateway/stdio/messages.ts";
import type { Launched } from "../../../gateway/stdio/slot.ts";
import { openSse } from "../../../gateway/stdio/sse-server.ts";
import { route } from "../../support/builders.ts";
import { realClock } from "../../support/credentials.ts";
import { eventually } from "../../support/eventually.ts";
import { type SseFixture, startSseFixture } from "../../support/stdio/sse-fixture.ts";

let fixture: SseFixture;
beforeAll(async () => {
  fixture = await startSseFixture();
});
afterAll(() => fixture.close());

const launches: Launched[] = [];
afterEach(() => Promise.all(launches.splice(0).map((one) => one.end())));

const request = (authorization: string, target = "/sse") =>
  ({ target, headers: ["authorization", authorization, "mcp-session-id", "of the bridge"] }) as unknown as InnerRequest;
const to = (origin: string, maxResponseBytes = 1_000_000) => {
  const base = route({ protocol: "mcp" });
  return { ...base, upstream: { ...base.upstream, origin, maxResponseBytes, bridge: { kind: "sse" as const } } };
};
const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "c", version: "1" } };

function opened(maxResponseBytes?: number) {
  const launched = openSse(to(fixture.origin, maxResponseBytes), request("Bearer one"));
  launches.push(launched);
  const ends: string[] = [];
  const deps = { clock: realClock, nextAsked: () => 1, isOnes: true, onFault: () => undefined };
  const connection = new ServerConnection(launched.transport, deps, (why) => ends.push(why));
  const call = (name: string, args: object): Promise<AnswerMessage> =>
    new Promise((answered, failed) => {
      const message = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, arguments: args } };
      connection.request(message as unknown as RequestMessage, { member: null, answered, failed });
    });
  return { launched, connection, ends, call };
}

test("speaks to a server that speaks HTTP with SSE, each request with the credential of its own call", async () => {
  const { launched, connection, call } = opened();
  await launched.opened;
  expect(await connection.initialize(params)).toMatchObject({ serverInfo: { name: "old" } });
  connection.ready();
  launched.sees?.(request("Bearer two"));
  expect(await call("echo", { value: "é" })).toMatchObject({ result: { content: [{ text: "é" }] } });
  expect(fixture.seen[0]).toBe("GET Bearer one");
  expect(fixture.seen.at(-1)).toBe("POST Bearer two");
});

test("ends with its event stream, and does not take up another under the same session", async () => {
  const { launched, connection, ends, call } = opened();
  await launched.opened;
  await connection.initialize(params);
  const waiting = call("wait", {});
  await eventually("it is under way", () => (fixture.seen.at(-1)?.startsWith("POST") === true ? true : null));
  const gets = fixture.seen.filter((one) => one.startsWith("GET")).length;
  fixture.cut();
  await expect(waiting).rejects.toMatchObject({ code: "upstream_ended" });
  expect(ends[0]).toMatch(/event stream ended/);
  expect(fixture.seen.filter((one) => one.startsWith("GET"))).toHaveLength(gets);
});

test("ends where an event is larger than allowed", async () => {
  const { launched, connection, ends, call } = opened(2_000);
  await launched.opened;
  await connection.initialize(params);
  await expect(call("echo", { value: "x".repeat(10_000) })).rejects.toMatchObject({ code: "upstream_ended" });
  expect(ends).toHaveLength(1);
});

test("is not opened where nothing answers as such a server, or its address is of another class", async () => {
  const launched = openSse(to(fixture.origin), request("-", "/other"));
  launches.push(launched);
  await expect(launched.opened).rejects.toThrow("404");
  const base = to("http://10.0.0.1");
  expect(() => openSse(base, request("-"))).toThrow(expect.objectContaining({ code: "upstream_address_refused" }));
});

/** A server on a port of its own, which notes what it is asked. */
async function listening(answer: (req: IncomingMessage, res: ServerResponse) => void) {
  const seen: string[] = [];
  const server = createServer((req, res) => {
    seen.push(`${req.method} ${req.url}`);
    answer(req, res);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, close };
}

test.each(["event stream", "messages"])("follows no redirect of its %s to another origin", async (what) => {
  const elsewhere = await listening((_req, res) => void res.writeHead(200).end());
  const moved = await listening((req, res) => {
    if (req.method === "POST" || what === "event stream")
      return void res.writeHead(307, { location: `${elsewhere.origin}/taken` }).end();
    res.writeHead(200, { "content-type": "text/event-stream" }).write("event: endpoint\ndata: /messages\n\n");
  });
  try {
    const launched = openSse(to(moved.origin), request("Bearer one"));
    launches.push(launched);
    const ended = new Promise((resolve) => (launched.transport.onEnd = resolve));
    await launched.opened.then(
      () => launched.transport.send({ jsonrpc: "2.0", method: "notifications/initialized" } as never),
      () => undefined,
    );
    await ended;
    expect(moved.seen.at(-1)).toBe(what === "messages" ? "POST /messages" : "GET /sse");
    expect(elsewhere.seen).toEqual([]);
  } finally {
    await Promise.all([elsewhere.close(), moved.close()]);
  }
});
