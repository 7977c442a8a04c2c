import type { JsonObject } from "../../../../gateway/domain/json.ts";
import { route } from "../../../support/builders.ts";
import { type Heard, type Parser, startParser } from "../../../support/parser.ts";

let parser: Parser;
beforeAll(async () => {
  const crm = {
    protocol: "mcp",
    server: "crm",
    upstreamPrefix: "/mcp",
    methods: new Set(["GET", "POST", "DELETE"]),
  } as const;
  parser = await startParser([
    route({ ...crm, id: "crm", prefix: "/mcp/crm" }),
    route({ ...crm, id: "blind", prefix: "/mcp/blind", body: { ...route().body, policy: "omit" } }),
  ]);
});
afterAll(() => parser.close());

const call = { name: "read_customer", arguments: { customer_id: "7" } };
const message = (more: JsonObject = {}): JsonObject => ({
  jsonrpc: "2.0",
  id: 1,
  method: "tools/call",
  params: call,
  ...more,
});
const send = (body: unknown, ...headers: string[]): Promise<Heard> =>
  parser.ask({
    target: "/mcp/crm",
    headers: ["Content-Type: application/json", "Accept: application/json, text/event-stream", ...headers],
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
const codeFor = async (body: unknown, ...headers: string[]): Promise<string> =>
  (await send(body, ...headers)).refusal?.code ?? "accepted";

const latest = "MCP-Protocol-Version: 2026-07-28";
const meta = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
};
const modern = (more: JsonObject = {}): JsonObject => message({ params: { ...call, _meta: meta }, ...more });
const mirrored = [latest, "Mcp-Method: tools/call", "Mcp-Name: read_customer"];

test("reads a tool call with its name and arguments", async () => {
  const heard = await send(message(), "MCP-Protocol-Version: 2025-06-18", "MCP-Session-Id: s-1");
  expect(heard.call).toMatchObject({
    action: "tools/call",
    resourceType: "tool",
    name: "read_customer",
    arguments: { customer_id: "7" },
    statedSession: "s-1",
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
  expect(heard.exchange.trail.rpc).toEqual({ id: 1, method: "tools/call", modern: false });
});

test("takes a missing version header for 2025-03-26", async () => {
  expect((await send(message())).call?.mcp?.version).toBe("2025-03-26");
});

test.each([0, "", "a", -1, 9007199254740991])("keeps the id %j in value and type", async (id) => {
  const { call: read } = await send(message({ id }));
  expect(read?.mcp?.id).toBe(id);
});

test.each([0, "", "p-1"])("keeps the progress token %j in value and type", async (progressToken) => {
  const { call: read } = await send(message({ params: { ...call, _meta: { progressToken } } }));
  expect(read?.mcp?.progressToken).toBe(progressToken);
});

test.each([
  ["a batch", [message()], "rpc_batch"],
  ["an empty batch", [], "rpc_batch"],
  ["a string", '"x"', "rpc_invalid"],
  ["another JSON-RPC version", message({ jsonrpc: "1.0" }), "rpc_invalid"],
  ["a null id", message({ id: null }), "rpc_invalid"],
  ["a fractional id", message({ id: 1.5 }), "rpc_invalid"],
  ["an object as id", message({ id: {} }), "rpc_invalid"],
  ["a tool call without an id", { jsonrpc: "2.0", method: "tools/call", params: call }, "rpc_invalid"],
  ["a notification with an id", message({ method: "notifications/initialized" }), "rpc_invalid"],
  ["a method that is no string", message({ method: 1 }), "rpc_invalid"],
  ["params as a list", message({ params: [] }), "rpc_invalid"],
  ["params null", '{"jsonrpc":"2.0","id":1,"method":"ping","params":null}', "rpc_invalid"],
  ["a key that JSON-RPC does not have", message({ extra: 1 }), "rpc_invalid"],
  ["a request that is a result too", message({ result: {} }), "rpc_invalid"],
  ["a tool without a name", message({ params: { arguments: {} } }), "rpc_invalid"],
  ["a tool with a space in its name", message({ params: { name: "read customer" } }), "rpc_invalid"],
  ["a tool with a number as name", message({ params: { name: 1 } }), "rpc_invalid"],
  ["arguments as a list", message({ params: { name: "x", arguments: [] } }), "rpc_invalid"],
  ["arguments null", message({ params: { name: "x", arguments: null } }), "rpc_invalid"],
  ["a param that MCP does not have", message({ params: { ...call, tool: "delete_customer" } }), "rpc_invalid"],
  ["a progress token that is an object", message({ params: { ...call, _meta: { progressToken: {} } } }), "rpc_invalid"],
  ["_meta that is a string", message({ params: { ...call, _meta: "x" } }), "rpc_invalid"],
  ["a resource without a URI", message({ method: "resources/read", params: {} }), "rpc_invalid"],
  ["an unknown method", message({ method: "tools/destroy" }), "mcp_method_unknown"],
  ["a prototype's method", message({ method: "toString" }), "mcp_method_unknown"],
  ["a server's method", message({ method: "sampling/createMessage" }), "mcp_method_unknown"],
  ["a method in another case", message({ method: "Tools/call" }), "mcp_method_unknown"],
  ["an unknown notification", { jsonrpc: "2.0", method: "notifications/x" }, "mcp_method_unknown"],
  ["a method of a later version", message({ method: "server/discover", params: {} }), "mcp_method_unknown"],
  ["a key twice", '{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}', "json_duplicate_key"],
  ["a Name beside the name", message({ params: { ...call, Name: "delete_customer" } }), "json_key_refused"],
  ["a METHOD beside the method", message({ METHOD: "tools/list" }), "json_key_refused"],
  ["params with a long s", { jsonrpc: "2.0", id: 1, method: "ping", "param\u017f": {} }, "json_key_refused"],
  ["a task with a Kelvin sign", message({ params: { ...call, "tas\u212a": {} } }), "json_key_refused"],
  ["a fullwidth name", message({ params: { "\uff4eame": "x", ...call } }), "json_key_refused"],
  [
    "a progressToken in another case",
    message({ params: { ...call, _meta: { ProgressToken: 1 } } }),
    "json_key_refused",
  ],
  [
    "a modern version's claim in another case",
    message({ params: { ...call, _meta: { "io.modelcontextprotocol/ProtocolVersion": "2026-07-28" } } }),
    "json_key_refused",
  ],
] as const)("refuses %s", async (_what, body, code) => {
  expect(await codeFor(body)).toBe(code);
});

test.each([
  ["prompts/get", { name: "summary of", arguments: { lang: "en" } }, "prompt", "summary of", { lang: "en" }],
  ["resources/read", { uri: "file:///a b", _meta: {} }, "resource", "file:///a b", { uri: "file:///a b" }],
  ["resources/subscribe", { uri: "crm://7" }, "resource", "crm://7", { uri: "crm://7" }],
  ["tools/list", { cursor: "c" }, "server", "crm", { cursor: "c" }],
  ["ping", {}, "server", "crm", {}],
  ["logging/setLevel", { level: "debug" }, "server", "crm", { level: "debug" }],
])("reads %s as being about what it names", async (method, params, resourceType, name, args) => {
  expect((await send(message({ method, params }))).call).toMatchObject({
    action: method,
    resourceType,
    name,
    arguments: args,
  });
});

test("reads arguments that are absent as none", async () => {
  expect((await send(message({ params: { name: "find_ticket" } }))).call?.arguments).toEqual({});
});

test("reads the handshake at the version it offers", async () => {
  const offer = (protocolVersion: string): JsonObject =>
    message({
      method: "initialize",
      params: { protocolVersion, capabilities: {}, clientInfo: { name: "c", version: "1" } },
    });
  expect((await send(offer("2025-11-25"))).call?.mcp?.version).toBe("2025-11-25");
  expect((await send(offer("2024-11-05"))).call?.mcp?.version).toBe("2025-03-26");
  expect(await codeFor(offer("2025-11-25"), latest)).toBe("mcp_header_mismatch");
});

test("reads a client's answer to the server, and a notification", async () => {
  expect((await send({ jsonrpc: "2.0", id: 0, result: {} })).call).toMatchObject({
    action: "response",
    name: "crm",
    mcp: { kind: "response", id: 0 },
  });
  const heard = await send({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 4 } });
  expect(heard.call).toMatchObject({ arguments: { requestId: 4 }, mcp: { kind: "notification", id: null } });
  expect(heard.exchange.trail.rpc).toEqual({ id: null, method: "notifications/cancelled", modern: false });
});

test("addresses a refusal to the request it refuses", async () => {
  const { exchange } = await send(message({ id: "r-1", params: { name: 1 } }));
  expect(exchange.trail.rpc).toEqual({ id: "r-1", method: "tools/call", modern: false });
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

test.each(["GET", "DELETE"])("refuses %s in the era without sessions", async (method) => {
  expect((await parser.ask({ method, target: "/mcp/crm", headers: [latest] })).refusal?.code).toBe("method_refused");
});

test("refuses an unknown version, a session id with a space, and a type that is not plain JSON", async () => {
  expect(await codeFor(message(), "MCP-Protocol-Version: 2024-11-05")).toBe("mcp_version_unsupported");
  expect(await codeFor(message(), "MCP-Session-Id: a b")).toBe("header_refused");
  const typed = await parser.ask({
    target: "/mcp/crm",
    body: JSON.stringify(message()),
    headers: ["Content-Type: text/plain"],
  });
  expect(typed.refusal?.code).toBe("type_refused");
});

test("reads a modern call whose headers repeat it, and ignores a session id there", async () => {
  const heard = await send(modern(), ...mirrored, "MCP-Session-Id: s-1");
  expect(heard.call).toMatchObject({
    name: "read_customer",
    statedSession: null,
    mcp: { era: "modern", version: "2026-07-28", transportSession: null },
  });
  expect(heard.call?.request.headers.map(([name]) => name)).toEqual([
    "accept",
    "mcp-protocol-version",
    "mcp-method",
    "mcp-name",
  ]);
  expect(heard.exchange.trail.rpc?.modern).toBe(true);
});

test.each([
  ["another method", [latest, "Mcp-Method: tools/list", "Mcp-Name: read_customer"]],
  ["another name", [latest, "Mcp-Method: tools/call", "Mcp-Name: find_ticket"]],
  ["a name in another case", [latest, "Mcp-Method: tools/call", "Mcp-Name: Read_Customer"]],
  ["no method", [latest, "Mcp-Name: read_customer"]],
  ["no name", [latest, "Mcp-Method: tools/call"]],
  ["no version", ["Mcp-Method: tools/call", "Mcp-Name: read_customer"]],
  ["an older version", ["MCP-Protocol-Version: 2025-11-25", "Mcp-Method: tools/call", "Mcp-Name: read_customer"]],
  ["a name in broken base64", [latest, "Mcp-Method: tools/call", "Mcp-Name: =?base64?cmVhZF9jdXN0b21lcg?="]],
  [
    "a name encoded twice",
    [
      latest,
      "Mcp-Method: tools/call",
      `Mcp-Name: =?base64?${Buffer.from("=?base64?cmVhZF9jdXN0b21lcg==?=").toString("base64")}?=`,
    ],
  ],
])("refuses a modern call with %s in its headers", async (_what, headers) => {
  expect(await codeFor(modern(), ...headers)).toBe("mcp_header_mismatch");
});

test("reads a mirrored name in base64", async () => {
  expect(await codeFor(modern(), latest, "Mcp-Method: tools/call", "Mcp-Name: =?base64?cmVhZF9jdXN0b21lcg==?=")).toBe(
    "accepted",
  );
});

test("refuses headers that contradict the body in older versions too, where they are not required", async () => {
  expect(await codeFor(message(), "Mcp-Name: find_ticket")).toBe("mcp_header_mismatch");
  expect(await codeFor(message({ method: "ping", params: {} }), "Mcp-Name: find_ticket")).toBe("mcp_header_mismatch");
});

test.each([
  ["without _meta", modern({ params: call })],
  ["without the version", modern({ params: { ...call, _meta: { "io.modelcontextprotocol/clientCapabilities": {} } } })],
  [
    "without capabilities",
    modern({ params: { ...call, _meta: { "io.modelcontextprotocol/protocolVersion": "2026-07-28" } } }),
  ],
  [
    "with capabilities that are no object",
    modern({ params: { ...call, _meta: { ...meta, "io.modelcontextprotocol/clientCapabilities": [] } } }),
  ],
])("refuses a modern call %s", async (_what, body) => {
  expect(await codeFor(body, ...mirrored)).toBe("mcp_meta_missing");
});

test("refuses what the modern era does not have: handshake, responses, subscriptions by URI, older claims", async () => {
  expect(
    await codeFor(
      modern({ method: "resources/subscribe", params: { uri: "x", _meta: meta } }),
      latest,
      "Mcp-Method: resources/subscribe",
    ),
  ).toBe("mcp_method_unknown");
  expect(await codeFor({ jsonrpc: "2.0", id: 1, result: {} }, latest)).toBe("rpc_invalid");
  const older = { ...meta, "io.modelcontextprotocol/protocolVersion": "2025-11-25" };
  expect(await codeFor(message({ params: { ...call, _meta: older } }), "MCP-Protocol-Version: 2025-11-25")).toBe(
    "mcp_version_unsupported",
  );
});

test("reads what the caller states in _meta, and lets headers win", async () => {
  const stated = { ...call, _meta: { "dev.sallyport/intent": "help Ann", "dev.sallyport/session": "run-7" } };
  expect((await send(message({ params: stated }), "MCP-Session-Id: s-1")).call).toMatchObject({
    statedIntent: "help Ann",
    statedSession: "run-7",
    mcp: { transportSession: "s-1" },
  });
  expect(
    (await send(message({ params: stated }), "Sallyport-Session: run-8", "Sallyport-Intent: x")).call,
  ).toMatchObject({ statedIntent: "x", statedSession: "run-8" });
  expect(await codeFor(message({ params: { ...call, _meta: { "dev.sallyport/session": 1 } } }))).toBe("rpc_invalid");
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
