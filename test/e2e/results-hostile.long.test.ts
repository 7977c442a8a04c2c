/** Answers of a hostile tool server: each ends within bounds, with a code, a record that says what is known, and nothing that policy could not read. */
import { createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { readFile } from "node:fs/promises";
import { eventually } from "../support/eventually.ts";
import { addResultRules, loggedOutcome, type LoggedOutcome } from "../support/result-rules.ts";
import { crmRoute, paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const secret = "eve@evil.example";
/** What a client would take for the address, however it is written. */
const leaks = /eve(?:@|\\+u0040|&#64;|%40)evil/;
const head = (...lines: string[]) => `HTTP/1.1 200 OK\r\n${lines.map((line) => `${line}\r\n`).join("")}\r\n`;
const json = "Content-Type: application/json";
const events = "Content-Type: text/event-stream";
const chunk = (text: string | Buffer) =>
  Buffer.concat([Buffer.from(`${Buffer.byteLength(text).toString(16)}\r\n`), Buffer.from(text), Buffer.from("\r\n")]);
const last = "0\r\n\r\n";
const chunked = (...texts: (string | Buffer)[]) => [...texts.map(chunk), last];
const sized = (body: string | Buffer, ...lines: string[]) => [
  head(...lines, `Content-Length: ${Buffer.byteLength(body)}`, "Connection: close"),
  body,
];
const result = (value: object, id: unknown = 8) => JSON.stringify({ jsonrpc: "2.0", id, result: value });
const text = (said: string) => ({ content: [{ type: "text", text: said }] });
const event = (data: string) => `data: ${data}\n\n`;

type Play = (socket: Socket) => void;

/** A tool server that writes what it likes on the socket, whatever it was asked. */
async function hostile(): Promise<{
  origin: string;
  play: (next: Play) => void;
  sockets: Set<Socket>;
  server: Server;
}> {
  let current: Play = (socket) => socket.destroy();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    socket.on("data", () => undefined);
    socket.once("data", () => current(socket));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { origin, play: (next) => (current = next), sockets, server };
}

let upstream: Awaited<ReturnType<typeof hostile>>;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await hostile();
  const results = { max: "64KiB" };
  const to = {
    origin: upstream.origin,
    allow_addresses: ["loopback"],
    max_response: "1MiB",
    body_timeout: "2s",
    headers_timeout: "5s",
  };
  gateway = await startGateway({
    routes: [
      paymentsRoute(upstream.origin, { results, upstream: to }),
      crmRoute(upstream.origin, { results, upstream: to }),
    ],
    policy: addResultRules,
  });
});
afterAll(async () => {
  for (const socket of upstream?.sockets ?? []) socket.destroy();
  upstream?.server.close();
  await gateway?.close();
});

const writes =
  (...parts: (string | Buffer)[]): Play =>
  (socket) => {
    for (const part of parts) socket.write(part);
  };

interface Said {
  readonly status: number;
  readonly body: string;
  readonly headers: Headers;
  readonly outcome: LoggedOutcome;
}

async function said(response: Response): Promise<Said> {
  const body = await response.text().catch((error: unknown) => `cut: ${String(error)}`);
  const decisionId = response.headers.get("sallyport-decision") ?? "";
  const outcome = await eventually("the outcome", async () => (await loggedOutcome(gateway, decisionId)) ?? null);
  return { status: response.status, body, headers: response.headers, outcome };
}

async function get(play: Play): Promise<Said> {
  upstream.play(play);
  const token = gateway.token({ sub: "refund-bot", role: "refunds" }, "/payments");
  return said(
    await fetch(`${gateway.agents}/payments/v1/orders/o-881`, { headers: { authorization: `Bearer ${token}` } }),
  );
}

async function call(
  play: Play,
  message: object = { method: "tools/call", params: { name: "find_ticket", arguments: { query: "x" } } },
): Promise<Said> {
  upstream.play(play);
  const token = gateway.token({ sub: "support-bot", role: "support" }, "/mcp/crm");
  return said(
    await fetch(`${gateway.agents}/mcp/crm`, {
      method: "POST",
      headers: {
        ...{ authorization: `Bearer ${token}`, "content-type": "application/json" },
        accept: "application/json, text/event-stream",
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: 8, ...message }),
    }),
  );
}

const codes = /"code":"(?:result|upstream)_[a-z_]+"/;

/** Withheld or unknown, with a code of its own, and nothing of it reached the caller. */
function expectKept({ body, outcome }: Said): void {
  expect(body).not.toMatch(leaks);
  expect(body).toMatch(codes);
  expect(["withheld", "unknown"]).toContain(outcome.outcome);
  expect(outcome.code).toMatch(/^(?:result|upstream)_/);
}

describe("an HTTP answer that policy has to read", () => {
  const leak = JSON.stringify({ to: secret });
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, "a"));

  it.each<[string, (string | Buffer)[]]>([
    ["a gzip bomb", sized(bomb, json, "Content-Encoding: gzip")],
    ["a coding in other letters", sized(gzipSync(leak), json, "Content-Encoding: GZIP")],
    ["a coding that is said twice", sized(leak, json, "Content-Encoding: identity", "Content-Encoding: gzip")],
    ["two codings", sized(leak, json, "Content-Encoding: gzip, identity")],
    ["a coding of the transfer", [head(json, "Transfer-Encoding: gzip, chunked"), ...chunked(gzipSync(leak))]],
    ["a chunk that is shorter than it says", [head(json, "Transfer-Encoding: chunked"), `ff\r\n${leak}\r\n`, last]],
    ["a chunk of no length", [head(json, "Transfer-Encoding: chunked"), `zz\r\n${leak}\r\n`, last]],
    ["a length beside chunks", [head(json, "Transfer-Encoding: chunked", "Content-Length: 3"), ...chunked(leak)]],
    ["two lengths", [head(json, "Content-Length: 3", `Content-Length: ${leak.length}`), leak]],
    ["more than its length", [head(json, "Content-Length: 400"), leak]],
    ["UTF-16 behind a mark", sized(Buffer.from(`\ufeff${leak}`, "utf16le"), json)],
    ["UTF-16 without a mark", sized(Buffer.from(leak, "utf16le"), "Content-Type: text/plain")],
    [
      "XML that says it is UTF-7",
      sized('<?xml version="1.0" encoding="utf-7"?><a>eve+AEA-evil.example</a>', "Content-Type: application/xml"),
    ],
    ["two types", sized(leak, json, "Content-Type: image/png")],
    ["an unknown type", sized(leak, "Content-Type: application/x-anything")],
    ["surrogates that stand alone, in a key twice", sized('{"\\ud800":1,"\\ud800":2}', json)],
    ["a number without end", sized(`[${"1".repeat(70_000)}]`, json)],
  ])("is withheld: %s", async (_what, parts) => {
    expectKept(await get(writes(...parts)));
  });

  it.each<[string, (string | Buffer)[]]>([
    ["escapes of JSON", sized('{"to":"eve\\u0040evil.example"}', json)],
    ["escapes of JSON in a text of JSON", sized(JSON.stringify({ text: '{"to":"eve\\u0040evil.example"}' }), json)],
    ["escapes of HTML", sized("<p>eve&#64;evil.example</p>", "Content-Type: text/html")],
    ["a link", sized(JSON.stringify({ href: "mailto:eve%40evil.example" }), json)],
    ["an event of lines that end with CR alone", sized(`data: ${secret}\r\r`, events)],
    [
      "trailers",
      [head(json, "Transfer-Encoding: chunked", "Trailer: X-To"), chunk("{}"), `0\r\nX-To: ${secret}\r\n\r\n`],
    ],
    [
      "informational answers first",
      ["HTTP/1.1 103 Early Hints\r\nLink: <mailto:eve@evil.example>\r\n\r\n".repeat(50), ...sized(leak, json)],
    ],
    ["an address in the charset's quotes", sized(leak, 'Content-Type: application/json; charset="UTF-8"')],
  ])("loses what rules remove, however it is written: %s", async (_what, parts) => {
    const { status, body, headers, outcome } = await get(writes(...parts));
    expect(status).toBe(200);
    expect(`${body} ${JSON.stringify([...headers])}`).not.toMatch(leaks);
    expect(outcome.outcome).toBe("forwarded");
  });

  it("is cut off when it never ends: by its size, or when nothing more of it comes", async () => {
    const endless = await get((socket) => {
      socket.write(head(json, "Transfer-Encoding: chunked"));
      const piece = chunk("x".repeat(16_384));
      const more = (): void => {
        while (!socket.destroyed && socket.write(piece));
        if (!socket.destroyed) socket.once("drain", more);
      };
      more();
    });
    expectKept(endless);
    expect(endless.outcome).toMatchObject({ outcome: "withheld", code: "result_too_large" });
    const open = await get(writes(head(json, "Transfer-Encoding: chunked"), chunk(`{"to":"${secret}"`)));
    expectKept(open);
    expect(open.outcome).toMatchObject({ outcome: "unknown", code: "upstream_timeout" });
    const half = await get((socket) => socket.end(`${head(json, "Content-Length: 90")}{"to":"${secret}"`));
    expectKept(half);
    expect(half.outcome).toMatchObject({ outcome: "unknown", code: "upstream_broken" });
  });
});

describe("an MCP answer that policy has to read", () => {
  const leak = result(text(`to ${secret}`));
  const stream = (...frames: (string | Buffer)[]) => [
    head(events, "Transfer-Encoding: chunked"),
    ...chunked(...frames),
  ];

  it.each<[string, (string | Buffer)[]]>([
    ["a gzip bomb", sized(gzipSync(Buffer.alloc(64 * 1024 * 1024, "a")), json, "Content-Encoding: gzip")],
    ["an id of another type", sized(result(text(secret), "8"), json)],
    ["an id of another request", sized(result(text(secret), 9), json)],
    ["no id", sized(JSON.stringify({ jsonrpc: "2.0", result: text(secret) }), json)],
    ["an id that only rounds to the request's", sized(leak.replace('"id":8', '"id":8.0000000000000001'), json)],
    ["a result beside an error", sized(leak.replace('"id":8', '"id":8,"error":{"code":1,"message":"x"}'), json)],
    [
      "a depth of thousands",
      sized(
        result({ content: [], structuredContent: {} }).replace(
          '"structuredContent":{}',
          `"structuredContent":${"[".repeat(5_000)}${"]".repeat(5_000)}`,
        ),
        json,
      ),
    ],
    ["a key twice, far down", sized(leak.replace('"type":"text"', '"_meta":{"a":{"b":1,"b":2}},"type":"text"'), json)],
    [
      "invalid UTF-8",
      sized(
        Buffer.concat([Buffer.from(leak.slice(0, 60)), Buffer.from([0xc3, 0x28]), Buffer.from(leak.slice(60))]),
        json,
      ),
    ],
    ["an event in UTF-16", stream(Buffer.from(event(leak), "utf16le"))],
    [
      "an event without end",
      [
        head(events, "Transfer-Encoding: chunked"),
        ...Array.from({ length: 80 }, () => chunk(`data: ${"x".repeat(16_000)}`)),
        last,
      ],
    ],
    [
      "an event of a million empty lines of data",
      stream(...Array.from({ length: 70 }, () => "data:\n".repeat(20_000)), `data: ${leak}\n\n`),
    ],
    [
      "a request of the tool server in the place of an answer",
      sized(JSON.stringify({ jsonrpc: "2.0", id: 8, method: "sampling/createMessage", params: { to: secret } }), json),
    ],
  ])("is withheld: %s", async (_what, parts) => {
    expectKept(await call(writes(...parts)));
  });

  it.each<[string, (string | Buffer)[]]>([
    ["events whose lines end with CR alone", stream(event(leak).replaceAll("\n", "\r"))],
    ["a CR at the end of a chunk", stream(`data: ${leak}\r`, "\n\r", "\n")],
    ["a byte order mark", stream(`\ufeff${event(leak)}`)],
    [
      "a character in two chunks",
      stream(Buffer.from(`data: ${leak.slice(0, -4)}`), Buffer.from(`${leak.slice(-4)}\n\n`)),
    ],
    ["JSON in the text of a block", sized(result(text('{"to":"eve\\u0040evil.example"}')), json)],
    [
      "JSON in JSON in the text of a block",
      sized(result(text(JSON.stringify('{"to":"eve\\u0040evil.example"}'))), json),
    ],
    [
      "a resource in a resource",
      sized(
        result({
          content: [
            {
              type: "resource",
              resource: {
                uri: "a:b",
                text: "x",
                content: [{ type: "resource", resource: { uri: `mailto:${secret}` } }],
              },
            },
          ],
        }),
        json,
      ),
    ],
    ["an answer that is sent twice", stream(event(leak), event(leak))],
    [
      "a message before the answer",
      stream(
        event(
          JSON.stringify({ jsonrpc: "2.0", method: "notifications/message", params: { level: "info", data: secret } }),
        ),
        event(leak),
      ),
    ],
    ["a comment, a name and an id", stream(`: ${"x"}\nevent: message\nid: 1\n`, event(leak))],
  ])("loses what rules remove, however it is written: %s", async (_what, parts) => {
    const { body, outcome } = await call(writes(...parts));
    expect(body).not.toMatch(leaks);
    expect(body).toMatch(/\[redacted\]|"code":"(?:result|upstream)_/);
    expect(["forwarded", "withheld"]).toContain(outcome.outcome);
  });

  it("of a hundred thousand tools those that are too many are withheld, and the gateway answers others meanwhile", async () => {
    const tools = Array.from({ length: 100_000 }, (_, at) => ({ name: `t${at}`, inputSchema: {} }));
    const body = result({ tools });
    const listing = call(writes(...sized(body, json)), { method: "tools/list", params: {} });
    const alive = await fetch(`${gateway.agents}/livez`);
    expect(alive.status).toBe(200);
    const { outcome, body: shown } = await listing;
    expect(shown).toMatch(codes);
    expect(outcome.code).toMatch(/^(?:result|upstream)_too_large$/);
  });

  it("a stream that stays half open ends when its caller leaves, and says that how the call ended is not known", async () => {
    upstream.play(writes(head(events, "Transfer-Encoding: chunked"), chunk(": hello\n\n")));
    const token = gateway.token({ sub: "support-bot", role: "support" }, "/mcp/crm");
    const leaving = new AbortController();
    const response = await fetch(`${gateway.agents}/mcp/crm`, {
      ...{ method: "POST", signal: leaving.signal },
      headers: {
        ...{ authorization: `Bearer ${token}`, "content-type": "application/json" },
        accept: "application/json, text/event-stream",
      },
      body: JSON.stringify({
        jsonrpc: "2.0",
        id: 8,
        method: "tools/call",
        params: { name: "find_ticket", arguments: {} },
      }),
    });
    leaving.abort();
    const decisionId = response.headers.get("sallyport-decision") ?? "";
    const outcome = await eventually("the outcome", async () => (await loggedOutcome(gateway, decisionId)) ?? null);
    expect(outcome).toMatchObject({ outcome: "abandoned", code: "client_gone" });
  });
});

test("memory stays bounded however much a tool server sends at once", async () => {
  const resident = async () =>
    Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${gateway.pid()}/status`, "utf8"))?.[1]) / 1_024;
  const flood: Play = (socket) => {
    socket.write(head(json, "Transfer-Encoding: chunked"));
    const piece = chunk("x".repeat(65_536));
    const more = (): void => {
      while (!socket.destroyed && socket.write(piece));
      if (!socket.destroyed) socket.once("drain", more);
    };
    more();
  };
  await get(flood);
  const before = await resident();
  const all = await Promise.all(Array.from({ length: 40 }, (_, at) => (at % 2 === 0 ? get(flood) : call(flood))));
  for (const one of all) expectKept(one);
  // 40 answers of at most 1 MiB each, and what the collector has not taken yet.
  expect((await resident()) - before).toBeLessThan(300);
});
