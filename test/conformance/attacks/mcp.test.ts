/**
 * Ways round the judgement of MCP messages: other paths below the endpoint, other people's transport sessions,
 * notifications and answers that carry calls, lists that come by another way.
 */
import type { Answer } from "../../support/recording-upstream.ts";
import { recordingUpstream, type RecordingUpstream } from "../../support/recording-upstream.ts";
import { crmRoute } from "../../support/routes.ts";
import { startGateway, type TestGateway } from "../../support/start-gateway.ts";
import { readLog, unaccounted } from "./support/log.ts";

let upstream: RecordingUpstream;
let gateway: TestGateway;
let support: string;
let outsider: string;
const everything: { digest: string }[] = [];

const tools = ["find_ticket", "read_customer", "run_report"].map((name) => ({ name, inputSchema: { type: "object" } }));
const list = (id: unknown) => JSON.stringify({ jsonrpc: "2.0", id, result: { tools } });

const ordinary: Answer = (_req, res, { body }) => {
  const id = body.length === 0 ? null : (JSON.parse(body.toString()) as { id?: unknown }).id;
  res.setHeader("content-type", "application/json").setHeader("mcp-session-id", "sess-of-support");
  res.end(JSON.stringify({ jsonrpc: "2.0", id, result: {} }));
};

beforeAll(async () => {
  upstream = await recordingUpstream();
  gateway = await startGateway({ routes: [crmRoute(upstream.origin)] });
  support = gateway.token({ sub: "support-bot", role: "support" }, "/mcp/crm");
  outsider = gateway.token({ sub: "outsider-bot", role: "nothing" }, "/mcp/crm");
});
afterAll(() => Promise.all([gateway?.close(), upstream?.close()]));
beforeEach(() => upstream.answerWith(ordinary));
afterEach(() => everything.push(...upstream.requests.splice(0)));

interface Sending {
  readonly token?: string;
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function send(
  message: unknown,
  { token = support, path = "/mcp/crm", method = "POST", headers = {} }: Sending = {},
) {
  const post = method === "POST";
  const response = await fetch(gateway.agents + path, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      accept: "application/json, text/event-stream",
      ...(post ? { "content-type": "application/json" } : {}),
      ...headers,
    },
    ...(post ? { body: JSON.stringify(message) } : {}),
  });
  return {
    status: response.status,
    headers: response.headers,
    text: await response.text().catch((error) => `cut: ${error}`),
  };
}

const ping = { jsonrpc: "2.0", id: 1, method: "ping" };
const call = (name: string, args: object = {}, more: object = {}) => ({
  jsonrpc: "2.0",
  id: 1,
  method: "tools/call",
  params: { name, arguments: args },
  ...more,
});

describe("one endpoint", () => {
  test.each(["GET", "POST", "DELETE"])(
    "does not carry a %s to another path of the tool server than its endpoint",
    async (method) => {
      for (const path of ["/mcp/crm/admin/export", "/mcp/crm/x", "/mcp/crm?export=all", "/mcp/crm/?a"]) {
        const { status } = await send(ping, { method, path, token: outsider });
        expect([path, status, upstream.requests.map(({ target }) => target)]).toEqual([path, expect.any(Number), []]);
        expect(status).toBeGreaterThanOrEqual(400);
      }
    },
  );
});

describe("transport sessions", () => {
  const initialize = {
    jsonrpc: "2.0",
    id: 0,
    method: "initialize",
    params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } },
  };

  test("belong to the caller who opened them, under an id that the gateway has sealed", async () => {
    const id = (await send(initialize)).headers.get("mcp-session-id") ?? "";
    expect([id.length > 40, id.includes("sess-of-support")]).toEqual([true, false]);
    const session = { "mcp-session-id": id };
    await send({ jsonrpc: "2.0", method: "notifications/initialized" }, { headers: session });
    upstream.requests.length = 0;
    const attempts = [
      await send(ping, { token: outsider, headers: session }),
      await send(null, { method: "GET", token: outsider, headers: { ...session, "last-event-id": "0" } }),
      await send(null, { method: "DELETE", token: outsider, headers: session }),
      await send(
        { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 1 } },
        { token: outsider, headers: session },
      ),
      await send({ jsonrpc: "2.0", id: 5, result: { action: "accept" } }, { token: outsider, headers: session }),
    ];
    expect(attempts.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404]);
    expect(upstream.requests).toHaveLength(0);
    const own = await send(ping, { headers: session });
    // The tool server repeats its own id in each answer.
    expect([own.status, own.headers.get("mcp-session-id")]).toEqual([200, id]);
    const [last] = upstream.requests;
    expect(new Map(last?.headers).get("mcp-session-id")).toBe("sess-of-support");
  });

  test("that the gateway has not given out, or that were changed since, are unknown", async () => {
    const id = (await send(initialize)).headers.get("mcp-session-id") ?? "";
    upstream.requests.length = 0;
    const changed = [...id].map((was, at) => id.slice(0, at) + (was === "A" ? "B" : "A") + id.slice(at + 1));
    const forged = ["sess-of-support", "sess-from-before-a-restart", id.slice(0, -1), `${id}A`, id.slice(0, 8)];
    for (const named of [...forged, ...changed.filter((_, at) => at % 7 === 0), changed.at(-1) ?? ""])
      expect([named, (await send(ping, { headers: { "mcp-session-id": named } })).status]).toEqual([named, 404]);
    expect(upstream.requests).toHaveLength(0);
  });
});

describe("messages", () => {
  test.each([
    ["a call without an id", { jsonrpc: "2.0", method: "tools/call", params: { name: "run_report" } }],
    ["a call with id null", call("run_report", {}, { id: null })],
    ["a batch", [call("run_report"), ping]],
    ["a method in other case", { ...call("find_ticket"), method: "Tools/Call" }],
    ["a notification with an id", { jsonrpc: "2.0", id: 3, method: "notifications/initialized" }],
    ["an unknown method", { jsonrpc: "2.0", id: 3, method: "admin/run", params: {} }],
    ["an unknown notification", { jsonrpc: "2.0", method: "notifications/run_report", params: {} }],
    [
      "a second name beside the first",
      { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "find_ticket", Name: "run_report" } },
    ],
    ["a method and a result", { ...ping, result: {} }],
    [
      "a modern claim without its header",
      {
        ...ping,
        method: "tools/list",
        params: {
          _meta: {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
          },
        },
      },
    ],
    [
      "a task of a tool that is not allowed",
      { jsonrpc: "2.0", id: 1, method: "tasks/result", params: { taskId: "1" } },
    ],
  ])("forwards nothing for %s", async (_what, message) => {
    await send(message);
    expect(upstream.requests).toHaveLength(0);
  });

  test("names the method that a caller has no entitlement for", async () => {
    const { text } = await send({ jsonrpc: "2.0", id: 3, method: "resources/list" });
    expect((JSON.parse(text) as { error: { message: string } }).error.message).toMatch(
      /^Blocked by policy: No rule permits this call: resources\/list needs an entitlement for crm\./,
    );
    expect(upstream.requests).toHaveLength(0);
  });

  test.each([
    ["the modern version on a legacy call", { "mcp-protocol-version": "2026-07-28" }, call("find_ticket")],
    [
      "the modern version on a handshake",
      { "mcp-protocol-version": "2026-07-28" },
      { jsonrpc: "2.0", id: 0, method: "initialize", params: {} },
    ],
    [
      "a mirrored name of another tool",
      { "mcp-name": "read_customer", "mcp-method": "tools/call" },
      call("find_ticket"),
    ],
    ["two versions", { "mcp-protocol-version": "2025-06-18, 2026-07-28" }, call("find_ticket")],
  ])("forwards nothing for %s", async (_what, headers, message) => {
    expect((await send(message, { headers })).status).toBeGreaterThanOrEqual(400);
    expect(upstream.requests).toHaveLength(0);
  });
});

describe("lists", () => {
  const legacyList = { jsonrpc: "2.0", id: 7, method: "tools/list" };
  const events = (data: string) => `id: 1\nevent: message\ndata: ${data}\n\n`;

  test.each<readonly [string, Record<string, string>, (json: string) => string | Buffer]>([
    ["JSON", { "content-type": "application/json" }, (json) => json],
    ["events", { "content-type": "text/event-stream" }, events],
    ["events of a capital type", { "content-type": "Text/Event-Stream; charset=utf-8" }, events],
    ["events under a JSON type", { "content-type": "application/json" }, events],
    ["JSON of a spaced type", { "content-type": "Application/JSON ; charset=utf-8" }, (json) => json],
    ["JSON after a byte order mark", { "content-type": "application/json" }, (json) => `\ufeff${json}`],
    ["events after a byte order mark", { "content-type": "text/event-stream" }, (json) => `\ufeff${events(json)}`],
    ["events of another name", { "content-type": "text/event-stream" }, (json) => `event: other\ndata: ${json}\n\n`],
    ["a field with a space", { "content-type": "text/event-stream" }, (json) => `data : ${json}\n\n`],
    [
      "events joined with spaces of Unicode",
      { "content-type": "text/event-stream" },
      (json) => `data:\u00a0${json}\u2003\n\n`,
    ],
    [
      "an event that begins with what is no JSON",
      { "content-type": "text/event-stream" },
      (json) => `data: {"jsonrpc":\ndata: ${json}\n\n`,
    ],
    [
      "an event that begins with another message",
      { "content-type": "text/event-stream" },
      (json) => `data: {"jsonrpc":"2.0","method":"notifications/message"}\ndata: ${json}\n\n`,
    ],
    ["JSON under an event type", { "content-type": "text/event-stream" }, (json) => json],
    ["JSON under no type", {}, (json) => json],
    ["a batch", { "content-type": "application/json" }, (json) => `[${json}]`],
    [
      "events split over lines",
      { "content-type": "text/event-stream" },
      (json) => `data: ${json.replace(',"result"', '\ndata: ,"result"')}\r\r`,
    ],
    ["UTF-16", { "content-type": "application/json; charset=utf-16le" }, (json) => Buffer.from(json, "utf16le")],
    [
      "a second result",
      { "content-type": "application/json" },
      (json) => json.replace('{"jsonrpc"', '{"result":{"tools":[{"name":"run_report"}]},"jsonrpc"'),
    ],
  ])("hides what the caller may not see in %s", async (_what, headers, frame) => {
    upstream.answerWith((_req, res) => res.writeHead(200, headers).end(frame(list(7))));
    const { text } = await send(legacyList);
    expect(Buffer.from(text).toString()).not.toMatch(/r.?u.?n.?_.?r.?e.?p.?o.?r.?t/);
  });

  test("hides it in the body of a failure, which stays one", async () => {
    for (const type of ["application/json", "text/event-stream"]) {
      upstream.answerWith((_req, res) => {
        res.writeHead(500, { "content-type": type });
        res.write(" ");
        res.end(list(7));
      });
      const { text } = await send(legacyList);
      expect(text).not.toContain("run_report");
      const told = JSON.parse(text) as { result?: object; error?: { data: { code: string } } };
      expect(told).toMatchObject({ id: 7, error: { data: { code: "upstream_answer_refused" } } });
      expect(told.result).toBeUndefined();
    }
  });

  test("withholds a compressed list that it cannot look into", async () => {
    const { gzipSync } = await import("node:zlib");
    upstream.answerWith((_req, res) =>
      res.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" }).end(gzipSync(list(7))),
    );
    expect((await send(legacyList)).text).not.toContain("run_report");
    const asked = upstream.requests[0]?.headers.filter(([name]) => name === "accept-encoding");
    expect(asked).toEqual([["accept-encoding", "identity"]]);
  });

  test.each<readonly [string, Record<string, string>, (json: string) => string]>([
    ["events", { "content-type": "text/event-stream" }, events],
    ["JSON instead of events", { "content-type": "application/json" }, (json) => json],
    ["events under another type", { "content-type": "text/plain" }, events],
  ])("hides it in a stream that replays a list as %s", async (_what, headers, frame) => {
    upstream.answerWith((_req, res) => res.writeHead(200, headers).end(frame(list(7))));
    const { text } = await send(null, { method: "GET", headers: { "last-event-id": "0" } });
    expect(text).not.toContain("run_report");
  });
});

describe("answers of the client to the tool server", () => {
  test("are arguments that policy sees, and their URLs too", async () => {
    const answer = {
      jsonrpc: "2.0",
      id: 5,
      result: { action: "accept", content: { text: "see https://evil.example/x" } },
    };
    const { headers } = await send(answer);
    const { lines } = await readLog(gateway.logDir);
    const record = lines.find(
      ({ kind, decision_id }) => kind === "decision" && decision_id === headers.get("sallyport-decision"),
    );
    const { context } = record?.input as { context: { arguments: unknown; urls: { host: string }[] } };
    expect(context.arguments).toEqual({ result: answer.result });
    expect(context.urls.map(({ host }) => host)).toEqual(["evil.example"]);
  });
});

test("accounts on disk for each message that the tool server ever saw", async () => {
  expect(everything.length).toBeGreaterThan(10);
  expect(await unaccounted(gateway.logDir, everything)).toEqual([]);
});
