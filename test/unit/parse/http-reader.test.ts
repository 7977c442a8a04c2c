import { route } from "../../support/builders.ts";
import { type Parser, startParser } from "../../support/parser.ts";

const openapi = {
  openapi: "3.1.0",
  info: { title: "payments", version: "1" },
  paths: {
    "/v1/orders/{order_id}": {
      get: { operationId: "get_order", responses: {} },
      head: { operationId: "head_order", responses: {} },
      post: { operationId: "change_order", responses: {} },
    },
    "/v1/refunds": {
      get: { operationId: "list_refunds", responses: {} },
      post: { operationId: "create_refund", responses: {} },
    },
  },
};
const accept = ["application/json", "application/vnd.api+json", "application/x-www-form-urlencoded", "text/plain"];
const body = { ...route().body, accept };

let parser: Parser;
beforeAll(async () => {
  parser = await startParser([
    route({ openapi, body, origins: ["https://console.example"] }),
    route({ id: "files", prefix: "/files", server: "files", body: { ...body, policy: "omit" } }),
  ]);
});
afterAll(() => parser.close());

const json = ["Content-Type: application/json"];

test("reads an operation's path, query and body as one flat object of arguments", async () => {
  const { call } = await parser.ask({
    target: "/payments/v1/orders/881?dry_run=1",
    headers: json,
    body: '{"amount":120,"lines":[{"sku":"a"}]}',
  });
  expect(call).toMatchObject({
    action: "tools/call",
    resourceType: "tool",
    name: "change_order",
    arguments: { order_id: "881", dry_run: "1", amount: 120, lines: [{ sku: "a" }] },
    argumentsOmitted: false,
    definition: { operationId: "change_order" },
    mcp: null,
  });
});

test("builds the request that is sent from canonical parts only", async () => {
  const sent = '{"amount" : 120}';
  const { call, exchange } = await parser.ask({
    target: "/payments/v1/refunds?note=a+b",
    headers: [...json, "X-Custom: 1", "Authorization: Bearer t"],
    body: sent,
  });
  expect(call?.request).toMatchObject({
    method: "POST",
    origin: "http://127.0.0.1:1",
    path: "/v1/refunds",
    segments: ["v1", "refunds"],
    query: [["note", "a b"]],
    target: "/v1/refunds?note=a%20b",
    host: "gateway.example",
    headers: [["x-custom", "1"]],
    contentType: "application/json",
  });
  expect(call?.request.body.toString()).toBe(sent);
  expect(exchange.body?.toString()).toBe(sent);
  expect(exchange.context.route?.id).toBe("payments");
});

test("judges HEAD as GET, where the document does not describe it, and still sends HEAD", async () => {
  const { call } = await parser.ask({ method: "HEAD", target: "/payments/v1/refunds" });
  expect(call?.name).toBe("list_refunds");
  expect(call?.request.method).toBe("HEAD");
  const { call: other } = await parser.ask({ method: "HEAD", target: "/payments/v1/secret" });
  expect(other?.name).toBe("GET /v1/secret");
  const { call: own } = await parser.ask({ method: "HEAD", target: "/payments/v1/orders/881" });
  expect([own?.name, own?.arguments]).toEqual(["head_order", { order_id: "881" }]);
});

test("names a call that the document does not describe by method and path", async () => {
  const { call } = await parser.ask({ target: "/payments/v1/secret" });
  expect(call).toMatchObject({ name: "GET /v1/secret", definition: null });
});

test.each([
  ["path and query", "/payments/v1/orders/881?order_id=882", "{}"],
  ["path and body", "/payments/v1/orders/881", '{"order_id":"882"}'],
  ["query and body", "/payments/v1/refunds?amount=1", '{"amount":500}'],
  ["query and a body that is no object", "/payments/v1/refunds?body=1", "[1]"],
  ["query and body, in another case", "/payments/v1/refunds?Amount=1", '{"amount":500}'],
  ["query and body, in letters that fold", "/payments/v1/refunds?%C5%BFum=1", '{"sum":500}'],
  ["query as a list and in the body", "/payments/v1/refunds?amount[]=1", '{"amount":500}'],
  ["query as a member and in the body", "/payments/v1/refunds?amount[value]=1", '{"Amount":500}'],
  ["path and query, in another case", "/payments/v1/orders/881?ORDER_ID=882", "{}"],
])("refuses an argument given in %s", async (_where, target, content) => {
  const { refusal } = await parser.ask({ target, headers: json, body: content });
  expect(refusal?.code).toBe("arguments_collide");
});

test.each([
  ["?currency=EUR", "[currency]=USD", "query_ambiguous"],
  ["", "currency=EUR&[currency]=USD", "query_ambiguous"],
  ["", "currency=EUR&%20currency=USD", "query_ambiguous"],
  ["?currency=EUR", "+currency=USD", "arguments_collide"],
  ["?user_id=1", "user.id=2", "arguments_collide"],
  ["", "note=[currency]=USD", "query_ambiguous"],
  ["", "note=a%5D=USD", "query_ambiguous"],
])("refuses the query %j beside the form %j", async (query, content, code) => {
  const headers = ["Content-Type: application/x-www-form-urlencoded"];
  const { refusal } = await parser.ask({ target: `/payments/v1/refunds${query}`, headers, body: content });
  expect(refusal?.code).toBe(code);
});

test("refuses a member of a JSON body that is, in brackets, the name of a parameter of the path", async () => {
  const { refusal } = await parser.ask({
    target: "/payments/v1/orders/881",
    headers: json,
    body: '{"[order_id]":"882"}',
  });
  expect(refusal?.code).toBe("arguments_collide");
});

test("puts a JSON body that is no object under the key body", async () => {
  const { call } = await parser.ask({ target: "/payments/v1/refunds", headers: json, body: "[1,2]" });
  expect(call?.arguments).toEqual({ body: [1, 2] });
});

test("reads a form as strictly as a query", async () => {
  const headers = ["Content-Type: application/x-www-form-urlencoded"];
  const { call } = await parser.ask({ target: "/payments/v1/refunds", headers, body: "amount=5&note=a+b" });
  expect(call?.arguments).toEqual({ amount: "5", note: "a b" });
  const refusals = await Promise.all(
    ["amount=5&amount=500", "a=1;amount=500", "a=\xe9"].map((content) =>
      parser.ask({ target: "/payments/v1/refunds", headers, body: Buffer.from(content, "latin1") }),
    ),
  );
  expect(refusals.map(({ refusal }) => refusal?.code)).toEqual([
    "query_ambiguous",
    "query_ambiguous",
    "query_ambiguous",
  ]);
});

test("says that arguments are omitted when the type has no reading", async () => {
  const { call } = await parser.ask({
    target: "/payments/v1/refunds",
    headers: ["Content-Type: text/plain"],
    body: '{"amount":5}',
  });
  expect(call).toMatchObject({ arguments: {}, argumentsOmitted: true });
});

test("forwards the body unread on a route that omits it, and still enforces its type", async () => {
  const { call } = await parser.ask({ target: "/files/x?v=1", headers: json, body: "{not json" });
  expect(call).toMatchObject({ name: "POST /x", arguments: { v: "1" }, argumentsOmitted: true });
  expect(call?.request.body.toString()).toBe("{not json");
  const { refusal } = await parser.ask({
    target: "/files/x",
    headers: ["Content-Type: multipart/form-data; boundary=x"],
    body: "--x--",
  });
  expect(refusal?.code).toBe("type_refused");
});

test.each([
  ["no type", [], "type_refused"],
  ["a list of types", ["Content-Type: application/json, text/plain"], "type_refused"],
  ["UTF-7", ["Content-Type: application/json; charset=utf-7"], "type_refused"],
  ["UTF-16", ["Content-Type: application/json; charset=utf-16"], "type_refused"],
  ["two charsets", ["Content-Type: application/json; charset=utf-8; charset=utf-7"], "type_refused"],
  ["another parameter", ["Content-Type: application/json; profile=x"], "type_refused"],
  ["a type that only begins as JSON", ["Content-Type: application/jsonx"], "type_refused"],
  ["an identity coding", [...json, "Content-Encoding: identity"], "encoding_refused"],
  ["a foreign origin", [...json, "Origin: https://evil.example"], "origin_refused"],
  ["the null origin", [...json, "Origin: null"], "origin_refused"],
])("refuses a body with %s", async (_what, headers, code) => {
  const { refusal } = await parser.ask({ target: "/payments/v1/refunds", headers, body: "{}" });
  expect(refusal?.code).toBe(code);
});

test.each(["application/json; charset=utf-8", "Application/JSON;charset=UTF-8", 'application/json; charset="utf-8"'])(
  "accepts the type %s",
  async (type) => {
    const { call } = await parser.ask({
      target: "/payments/v1/refunds",
      headers: [`Content-Type: ${type}`],
      body: "{}",
    });
    expect(call?.request.contentType).toBe("application/json");
  },
);

test("accepts the listed origin", async () => {
  const { call } = await parser.ask({ target: "/payments/v1/refunds", headers: ["Origin: https://console.example"] });
  expect(call?.name).toBe("list_refunds");
});

test("takes an empty body for none", async () => {
  const { call } = await parser.ask({ target: "/payments/v1/refunds", headers: json, body: "" });
  expect(call?.request.contentType).toBeNull();
});

test("reads what the caller says about its call", async () => {
  const headers = [
    ...json,
    "Sallyport-Intent: refund order 881",
    "Sallyport-Session: run-7",
    "Prefer: respond-async, wait=10",
    'Idempotency-Key: "k-1"',
    `Traceparent: 00-${"a".repeat(32)}-${"b".repeat(16)}-01`,
  ];
  const { call } = await parser.ask({ target: "/payments/v1/refunds", headers, body: "{}" });
  expect(call).toMatchObject({
    declaredIntent: { text: "refund order 881", truncated: false },
    declaredSession: "run-7",
    declaredTrace: "a".repeat(32),
    preferWait: 10,
    idempotencyKey: "k-1",
  });
});

test("cuts an intent that is too long, and says so", async () => {
  const headers = [...json, `Sallyport-Intent: ${"i".repeat(2_001)}`];
  const { call } = await parser.ask({ target: "/payments/v1/refunds", headers, body: "{}" });
  expect(call?.declaredIntent).toEqual({ text: "i".repeat(2_000), truncated: true });
});

test.each([
  ["Prefer: respond-async", 0],
  ["Prefer: wait=5; x=y, wait=9", 5],
  ["Prefer: return=minimal", null],
  ["Prefer: wait=soon", null],
  ["Prefer: return=minimal\r\nPrefer: Wait = 7", 7],
])("reads %j as a wait of %p", async (header, seconds) => {
  const { call } = await parser.ask({ target: "/payments/v1/refunds", headers: [header] });
  expect(call?.preferWait).toBe(seconds);
});

test.each([
  ['"8e03978e-40d5-43dd-bc93-6894a57f9324"', "8e03978e-40d5-43dd-bc93-6894a57f9324"],
  ["8e03978e-40d5-43dd-bc93-6894a57f9324", "8e03978e-40d5-43dd-bc93-6894a57f9324"],
  ['"a b"', "a b"],
  ['"a,b;c"', "a,b;c"],
  ['"say \\"a\\" \\\\"', 'say "a" \\'],
  [`"${"k".repeat(256)}"`, "k".repeat(256)],
])("reads %j as an idempotency key", async (header, key) => {
  const headers = [`Idempotency-Key: ${header}`];
  const { call } = await parser.ask({ target: "/payments/v1/refunds", headers });
  expect(call?.idempotencyKey).toBe(key);
});

test.each([
  "Idempotency-Key: a b",
  "Idempotency-Key: a,b",
  "Idempotency-Key: a;b=1",
  'Idempotency-Key: ""',
  'Idempotency-Key: "a',
  'Idempotency-Key: "a\\b"',
  'Idempotency-Key: "a"; b',
  'Idempotency-Key: "a", "b"',
  'Idempotency-Key: "a" "b"',
  `Idempotency-Key: ${"k".repeat(257)}`,
  "Sallyport-Session: a b",
])("refuses %j", async (header) => {
  const { refusal } = await parser.ask({ target: "/payments/v1/refunds", headers: [header] });
  expect(refusal?.code).toBe("header_refused");
});

test("refuses a document with two meanings when it starts, naming the route", async () => {
  const bad = { openapi: "3.1.0", paths: { "/a/{x}-{y}": { get: {} } } };
  await expect(startParser([route({ openapi: bad })])).rejects.toThrow("route payments: OpenAPI path /a/{x}-{y}");
});
