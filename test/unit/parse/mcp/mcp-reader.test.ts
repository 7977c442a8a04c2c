import type { JsonObject } from "../../../../gateway/lib/json.ts";
import { digested } from "../../../../gateway/domain/tool-call.ts";
import { headerReader } from "../../../../gateway/parse/headers.ts";
import { readMcpCall } from "../../../../gateway/parse/mcp/mcp-reader.ts";
import { routeMap } from "../../../../gateway/parse/target/route-map.ts";
import { addressReader } from "../../../../gateway/parse/target/target.ts";
import { route, toolCall } from "../../../support/builders.ts";
import { codeOf, exchangeOf } from "../../../support/parser.ts";
import { call, latest, message, modern, type McpParser, startMcpParser } from "../../../support/mcp-parser.ts";

let parser: McpParser;
beforeAll(async () => {
  parser = await startMcpParser();
});
afterAll(() => parser.close());

test("reads a tool call with its name and arguments", async () => {
  const heard = await parser.send(message(), "MCP-Protocol-Version: 2025-06-18", "MCP-Session-Id: s-1");
  expect(heard.call).toMatchObject({
    action: "tools/call",
    resourceType: "tool",
    name: "read_customer",
    arguments: { customer_id: "7" },
    declaredSession: null,
    request: { path: "/mcp", contentType: "application/json" },
    mcp: {
      era: "legacy",
      version: "2025-06-18",
      kind: "request",
      id: 1,
      method: "tools/call",
      progressToken: null,
      transportSession: "s-1",
      acceptsEventStream: true,
    },
  });
  expect(heard.exchange.context.rpc).toEqual({ id: 1, method: "tools/call", modern: false });
});

test("takes a missing version header for 2025-03-26", async () => {
  expect((await parser.send(message())).call?.mcp?.version).toBe("2025-03-26");
});

test.each([0, "", "a", -1, 9007199254740991])("keeps the id %j in value and type", async (id) => {
  const { call: read } = await parser.send(message({ id }));
  expect(read?.mcp?.id).toBe(id);
});

test.each([0, "", "p-1"])("keeps the progress token %j in value and type", async (progressToken) => {
  const { call: read } = await parser.send(message({ params: { ...call, _meta: { progressToken } } }));
  expect(read?.mcp?.progressToken).toBe(progressToken);
});

const ofPrompt = { ref: { type: "ref/prompt", name: "summary" } };
const ofTemplate = { ref: { type: "ref/resource", uri: "crm://{id}" } };
const ofResource = { ref: { type: "ref/resource", uri: "crm://7" } };

test.each([
  ["prompts/get", { name: "summary of", arguments: { lang: "en" } }, "prompt", "summary of", { lang: "en" }],
  ["resources/read", { uri: "file:///a b", _meta: {} }, "resource", "file:///a b", { uri: "file:///a b" }],
  ["resources/subscribe", { uri: "crm://7" }, "resource", "crm://7", { uri: "crm://7" }],
  ["completion/complete", ofPrompt, "prompt", "summary", ofPrompt],
  ["completion/complete", ofTemplate, "resource_template", "crm://{id}", ofTemplate],
  ["completion/complete", ofResource, "resource", "crm://7", ofResource],
  ["tools/list", { cursor: "c" }, "server", "crm", { cursor: "c" }],
  ["ping", {}, "server", "crm", {}],
  ["logging/setLevel", { level: "debug" }, "server", "crm", { level: "debug" }],
])("reads %s as being about what it names", async (method, params, resourceType, name, args) => {
  expect((await parser.send(message({ method, params }))).call).toMatchObject({
    action: method,
    resourceType,
    name,
    arguments: args,
  });
});

test("reads arguments that are absent as none", async () => {
  expect((await parser.send(message({ params: { name: "find_ticket" } }))).call?.arguments).toEqual({});
});

test("reads the handshake at the version it offers", async () => {
  const offer = (protocolVersion: string): JsonObject =>
    message({
      method: "initialize",
      params: { protocolVersion, capabilities: {}, clientInfo: { name: "c", version: "1" } },
    });
  expect((await parser.send(offer("2025-11-25"))).call?.mcp?.version).toBe("2025-11-25");
  expect((await parser.send(offer("2024-11-05"))).call?.mcp?.version).toBe("2024-11-05");
  expect((await parser.send(offer("2024-10-07"))).call?.mcp?.version).toBe("2025-03-26");
  expect(await parser.codeFor(offer("2025-11-25"), latest)).toBe("mcp_header_mismatch");
});

test("reads a client's answer to the server, and a notification", async () => {
  expect((await parser.send({ jsonrpc: "2.0", id: 0, result: {} })).call).toMatchObject({
    action: "response",
    name: "crm",
    mcp: { kind: "response", id: 0 },
  });
  const heard = await parser.send({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 4 } });
  expect(heard.call).toMatchObject({ arguments: { requestId: 4 }, mcp: { kind: "notification", id: null } });
  expect(heard.exchange.context.rpc).toEqual({ id: null, method: "notifications/cancelled", modern: false });
});

test("addresses a refusal to the request it refuses", async () => {
  const { exchange } = await parser.send(message({ id: "r-1", params: { name: 1 } }));
  expect(exchange.context.rpc).toEqual({ id: "r-1", method: "tools/call", modern: false });
});

test("reads GET as the server's stream and DELETE as the end of the session", async () => {
  const get = await parser.ask({ target: "/mcp/crm", headers: ["Accept: text/event-stream", "MCP-Session-Id: s-1"] });
  expect(get.call).toMatchObject({
    action: "transport/stream",
    resourceType: "server",
    name: "crm",
    mcp: { kind: "stream", transportSession: "s-1", acceptsEventStream: true },
  });
  const closing = await parser.ask({ method: "DELETE", target: "/mcp/crm", headers: ["MCP-Session-Id: s-1"] });
  expect(closing.call).toMatchObject({ action: "transport/close", mcp: { kind: "close" } });
});

test("refuses an unknown version, a session id with a space, and a type that is not plain JSON", async () => {
  expect(await parser.codeFor(message(), "MCP-Protocol-Version: 2024-10-07")).toBe("mcp_version_unsupported");
  expect(await parser.codeFor(message(), "MCP-Session-Id: a b")).toBe("header_refused");
  const typed = await parser.ask({
    target: "/mcp/crm",
    body: JSON.stringify(message()),
    headers: ["Content-Type: text/plain"],
  });
  expect(typed.refusal?.code).toBe("type_refused");
});

test("refuses headers that contradict the body in older versions too, where they are not required", async () => {
  expect(await parser.codeFor(message(), "Mcp-Name: find_ticket")).toBe("mcp_header_mismatch");
  expect(await parser.codeFor(message({ method: "ping", params: {} }), "Mcp-Name: find_ticket")).toBe(
    "mcp_header_mismatch",
  );
});

test("reads what the caller states in _meta, and lets headers win", async () => {
  const stated = { ...call, _meta: { "dev.sallyport/intent": "help Ann", "dev.sallyport/session": "run-7" } };
  expect((await parser.send(message({ params: stated }), "MCP-Session-Id: s-1")).call).toMatchObject({
    declaredIntent: { text: "help Ann", truncated: false },
    declaredSession: "run-7",
    mcp: { transportSession: "s-1" },
  });
  expect(
    (await parser.send(message({ params: stated }), "Sallyport-Session: run-8", "Sallyport-Intent: x")).call,
  ).toMatchObject({ declaredIntent: { text: "x", truncated: false }, declaredSession: "run-8" });
  const traceparent = (digit: string) => `00-${digit.repeat(32)}-${"b".repeat(16)}-01`;
  const traced = message({ params: { ...call, _meta: { traceparent: traceparent("c") } } });
  expect((await parser.send(traced)).call?.declaredTrace).toBe("c".repeat(32));
  expect((await parser.send(traced, `Traceparent: ${traceparent("d")}`)).call?.declaredTrace).toBe("d".repeat(32));
  const long = { ...call, _meta: { "dev.sallyport/intent": `${"ä".repeat(1_999)}😀` } };
  expect((await parser.send(message({ params: long }))).call?.declaredIntent).toEqual({
    text: "ä".repeat(1_999),
    truncated: true,
  });
  expect(await parser.codeFor(message({ params: { ...call, _meta: { "dev.sallyport/session": 1 } } }))).toBe(
    "rpc_invalid",
  );
});

test.each([
  ["application/json", false],
  ["application/json, text/event-stream;q=0", false],
  ["*/*", false],
  ["application/json, Text/Event-Stream; q=0.5", true],
])("remembers that Accept %s takes event streams: %p", async (accept, streams) => {
  const heard = await parser.ask({
    target: "/mcp/crm",
    headers: ["Content-Type: application/json", `Accept: ${accept}`],
    body: JSON.stringify(message()),
  });
  expect(heard.call?.mcp?.acceptsEventStream).toBe(streams);
});

test("reads the message but no arguments on a route that omits the body", async () => {
  const heard = await parser.ask({
    target: "/mcp/blind",
    headers: ["Content-Type: application/json"],
    body: JSON.stringify(message()),
  });
  expect(heard.call).toMatchObject({ name: "read_customer", arguments: {}, argumentsOmitted: true });
});

describe("read by itself", () => {
  const crm = route({ id: "crm", prefix: "/mcp/crm", protocol: "mcp", server: "crm" });
  const addressOf = addressReader(routeMap([crm]));

  function read(url: string, body: unknown = message(), ...raw: string[]) {
    const bytes = Buffer.from(JSON.stringify(body));
    const request = { ...toolCall().request, ...digested("POST", "/mcp", "application/json", bytes), body: bytes };
    const sent = [["mcp-session-id", "s-1"] as const, ...request.headers];
    const target = addressOf(url, "gateway.example", false);
    const headers = headerReader()(raw);
    const head = {
      method: "POST",
      headers,
      target,
      length: { kind: "length" as const, bytes: bytes.length },
      route: crm,
    };
    return readMcpCall(
      head as unknown as Parameters<typeof readMcpCall>[0],
      { ...request, headers: sent },
      exchangeOf({} as never, {} as never),
    );
  }

  test("takes its endpoint with a slash at the end or without, and neither more path nor a query", () => {
    expect(read("/mcp/crm").name).toBe("read_customer");
    expect(read("/mcp/crm/").name).toBe("read_customer");
    expect(codeOf(() => read("/mcp/crm/admin"))).toBe("route_unknown");
    expect(codeOf(() => read("/mcp/crm?tool=x"))).toBe("route_unknown");
  });

  test("sends a session id on in the eras that have one, and not in the era without", () => {
    const kept = (sent: ReturnType<typeof read>) => sent.request.headers.map(([name]) => name);
    expect(kept(read("/mcp/crm"))).toContain("mcp-session-id");
    const stateless = read(
      "/mcp/crm",
      modern(),
      "MCP-Protocol-Version",
      "2026-07-28",
      "Mcp-Method",
      "tools/call",
      "Mcp-Name",
      "read_customer",
    );
    expect(kept(stateless)).not.toContain("mcp-session-id");
    expect(stateless.mcp).toMatchObject({ era: "modern", transportSession: null });
  });
});
