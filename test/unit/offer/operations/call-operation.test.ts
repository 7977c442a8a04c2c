import { ServerResponse } from "node:http";
import { DeadConnections } from "../../../../gateway/domain/connections.ts";
import type { Exchange } from "../../../../gateway/domain/exchange.ts";
import type { Route } from "../../../../gateway/domain/route.ts";
import type { ToolCall } from "../../../../gateway/domain/tool-call.ts";
import { operationCalls } from "../../../../gateway/offer/operations/call-operation.ts";
import { describeOperations } from "../../../../gateway/offer/operations/describe.ts";
import { createParse } from "../../../../gateway/parse/parse.ts";
import { standIn } from "../../../../gateway/tasks/stored-request.ts";
import { route } from "../../../support/builders.ts";
import { exchangeOf } from "../../../support/parser.ts";

const text = { type: "string" };
const named = (name: string, place: string) => ({ name, in: place, required: place === "path", schema: text });
const openapi = {
  openapi: "3.1.0",
  paths: {
    "/v1/items/{id}": {
      parameters: [named("id", "path"), named("q", "query"), named("Idempotency-Key", "header")],
      put: {
        operationId: "set_item",
        requestBody: { content: { "application/json": { schema: { type: "object", properties: { n: {} } } } } },
        responses: { "200": { content: { "application/json": { schema: { type: "object", required: ["id"] } } } } },
      },
    },
    "/v1/items/all": { put: { operationId: "set_all" } },
  },
};
const http = route({
  id: "items",
  prefix: "/items",
  upstreamPrefix: "/v1/",
  server: "items",
  openapi,
  methods: new Set(["PUT"]),
});
const other = route({ id: "other", prefix: "/items/items/else", server: "other", methods: new Set(["PUT"]) });
const mcp: Route = {
  ...http,
  id: "items.mcp",
  prefix: "/mcp",
  protocol: "mcp",
  methods: new Set(["POST"]),
  operationsOf: http,
};

const parse = createParse([http, mcp, other], {
  requestTimeoutMs: 60_000,
  maxHeaders: 100,
  connections: new DeadConnections(),
});
const offered = describeOperations(http, () => true);
const fits = (_schema: object, value: object) => "id" in value;
const asOperation = operationCalls(parse, { offeredBy: () => offered, fits });
const read = async (exchange: Exchange): Promise<ToolCall> => asOperation(exchange, await parse(exchange));

function arriving(url: string, method: string, body: string, headers: readonly string[] = []) {
  const bytes = Buffer.from(body);
  const sent = [
    "Host",
    "gateway.example",
    "Accept",
    "application/json",
    "Content-Type",
    "application/json",
    ...headers,
  ];
  const req = standIn({ method, url, headers: sent, body: bytes, era: "legacy", rpc_id: 1 }, false);
  const exchange = exchangeOf(req, new ServerResponse(req));
  exchange.body = bytes;
  return exchange;
}
const called = (name: string, args: string, headers: readonly string[] = []) =>
  read(
    arriving(
      "/mcp",
      "POST",
      `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"${name}","arguments":${args}}}`,
      headers,
    ),
  );

it("reads the call of a tool as the HTTP request that means the same", async () => {
  const direct = await read(arriving("/items/items/a%20b?q=x%26y", "PUT", '{"n":1.10}', ["Idempotency-Key", "k-1"]));
  const call = await called("set_item", '{"id":"a b","q":"x&y","Idempotency-Key":"k-1","n":1.10}');
  const { headers: _headers, ...request } = call.request;
  const { headers: _own, ...expected } = direct.request;
  expect(request).toEqual(expected);
  expect(call.arguments).toMatchObject({ id: "a b", q: "x&y", "Idempotency-Key": "k-1" });
  expect(call.request.body.toString()).toBe('{"n":1.10}');
  expect([call.name, call.arguments, call.definition]).toEqual([direct.name, direct.arguments, direct.definition]);
  expect([call.route.id, call.mcp?.id, call.idempotencyKey]).toEqual(["items.mcp", 7, "k-1"]);
});

it("forwards nothing of the MCP client's own headers, and hears its words about the call", async () => {
  const { request, declaredIntent } = await called("set_item", '{"id":"a"}', [
    "X-Secret",
    "s",
    "Sallyport-Intent",
    "tidy up",
  ]);
  expect(request.headers).toEqual([["accept", "application/json, */*;q=0.5"]]);
  expect(declaredIntent?.text).toBe("tidy up");
});

it("is told as arguments that do not fit where frameworks would execute another method for one of them", async () => {
  const { unfit } = await called("set_item", '{"id":"a","_method":"DELETE"}');
  expect(unfit?.refusal).toMatchObject({ code: "tool_arguments_invalid" });
  expect(unfit?.refusal.hint).toContain("_method");
});

it("keeps the message and what the answer promises", async () => {
  const { operation } = await called("set_item", '{"id":"a"}');
  expect(operation?.message.toString()).toContain('"set_item"');
  expect([operation?.promised?.({ id: 1 }), operation?.promised?.({})]).toEqual([true, false]);
  expect((await called("set_all", "{}")).operation?.promised).toBeNull();
});

it.each([
  ["a value that leads to another operation", '{"id":"all"}', "they lead to another operation of the server"],
  [
    "a value that leads to another operation of a server that matches paths without case",
    '{"id":"ALL"}',
    "path_ambiguous: servers that match paths without case take it for that of another operation",
  ],
  ["a value that leads to another route", '{"id":"else"}', "they lead to another operation of the server"],
  ["a separator of the path", '{"id":"a/b"}', "path_ambiguous: an escaped separator"],
  ["a dot segment", '{"id":".."}', "path_ambiguous: a dot segment"],
  ["a header that the reader refuses", '{"id":"a","Idempotency-Key":"\\"a"}', "header_refused: "],
  ["a missing value", "{}", "id is missing"],
])("says that %s does not fit, after policy", async (_, args, hint) => {
  const { unfit, operation, definition, name } = await called("set_item", args);
  expect(unfit).toMatchObject({
    ofOwnTool: false,
    refusal: { code: "tool_arguments_invalid", hint: expect.stringContaining(hint) },
  });
  expect([operation, name, definition]).toEqual([
    undefined,
    "set_item",
    offered.operations.get("set_item")?.definition,
  ]);
});

it("leaves other messages, unknown tools and other routes as they are", async () => {
  expect((await called("no_such", "{}")).operation).toBeUndefined();
  expect((await read(arriving("/mcp", "POST", '{"jsonrpc":"2.0","id":1,"method":"ping"}'))).action).toBe("ping");
  expect((await read(arriving("/items/items/a", "PUT", "{}"))).mcp).toBeNull();
});
