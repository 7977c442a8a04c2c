import { connect } from "node:net";
import { eventually } from "../../support/eventually.ts";
import { route } from "../../support/builders.ts";
import { type Parser, startParser } from "../../support/parser.ts";

let parser: Parser;
let impatient: Parser;
beforeAll(async () => {
  const crm = route({
    id: "crm",
    prefix: "/crm",
    protocol: "mcp",
    server: "crm",
    methods: new Set(["GET", "POST", "DELETE"]),
  });
  parser = await startParser([route({ methods: new Set(["GET", "POST", "DELETE"]) }), crm]);
  impatient = await startParser([route()], 400);
});
afterAll(() => Promise.all([parser.close(), impatient.close()]));
beforeEach(() => parser.heard.splice(0));

const post = "POST /payments/v1/refunds HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";
const smuggled = "GET /payments/v1/keys HTTP/1.1\r\nHost: a\r\n\r\n";
const chunked = `2\r\n{}\r\n0\r\n\r\n`;

/** Refused, and what follows on the connection is neither judged nor called a tool. */
const refused: [string, string, string][] = [
  [
    "a list of codings that ends in chunked",
    `${post}Transfer-Encoding: gzip, chunked\r\n\r\n${chunked}`,
    "framing_ambiguous",
  ],
  ["an empty coding before chunked", `${post}Transfer-Encoding: ,chunked\r\n\r\n${chunked}`, "framing_ambiguous"],
  [
    "chunked in HTTP/1.0",
    `${post.replace("1.1", "1.0")}Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n${chunked}`,
    "framing_ambiguous",
  ],
  [
    "a body in HTTP/1.0",
    `${post.replace("1.1", "1.0")}Connection: keep-alive\r\nContent-Length: 2\r\n\r\n{}`,
    "framing_ambiguous",
  ],
  ["a length with leading zeros", `${post}Content-Length: 002\r\n\r\n{}`, "framing_ambiguous"],
  [
    "announced trailers",
    `${post}Trailer: X-A\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX-A: 1\r\n\r\n`,
    "framing_ambiguous",
  ],
  ["two Host headers", `${post}Host: b\r\nContent-Length: 2\r\n\r\n{}`, "header_refused"],
  [
    "two credentials",
    `${post}Authorization: Bearer a\r\nAuthorization: Bearer b\r\nContent-Length: 2\r\n\r\n{}`,
    "header_refused",
  ],
  ["two media types", `${post}Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}`, "header_refused"],
  ["a Latin-1 byte in a header", `${post}X-Note: caf\xe9\r\nContent-Length: 2\r\n\r\n{}`, "header_refused"],
  ["a tab in a header", `${post}X-Note: a\tb\r\nContent-Length: 2\r\n\r\n{}`, "header_refused"],
  [
    "an Expect that Node takes for 100-continue",
    `${post}Expect: y 100-continue\r\nContent-Length: 2\r\n\r\n{}`,
    "header_refused",
  ],
  ["a body on GET", `${post.replace("POST", "GET")}Content-Length: 2\r\n\r\n{}`, "body_refused"],
  [
    "a chunked body on GET",
    `${post.replace("POST", "GET")}Transfer-Encoding: chunked\r\n\r\n${chunked}`,
    "body_refused",
  ],
  [
    "a chunked body on DELETE",
    `${post.replace("POST", "DELETE")}Transfer-Encoding: chunked\r\n\r\n${chunked}`,
    "body_refused",
  ],
  [
    "a WebSocket upgrade",
    `GET /payments/v1 HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    "upgrade_refused",
  ],
  [
    "an offer of HTTP/2 beside another protocol",
    `GET /payments/v1 HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c, websocket\r\nHTTP2-Settings: AAMAAABk\r\n\r\n`,
    "upgrade_refused",
  ],
  [
    "settings of HTTP/2 without an offer",
    `GET /payments/v1 HTTP/1.1\r\nHost: a\r\nConnection: HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk\r\n\r\n`,
    "upgrade_refused",
  ],
  ["an absolute target of another host", `GET http://b/payments/v1 HTTP/1.1\r\nHost: a\r\n\r\n`, "path_ambiguous"],
  ["a leading double slash", `GET //payments/v1 HTTP/1.1\r\nHost: a\r\n\r\n`, "path_ambiguous"],
  ["a fragment", `GET /payments/v1#x HTTP/1.1\r\nHost: a\r\n\r\n`, "path_ambiguous"],
  ["a compressed body", `${post}Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}`, "encoding_refused"],
  [
    "another media type",
    `${post.replace("application/json", "text/plain")}Content-Length: 2\r\n\r\n{}`,
    "type_refused",
  ],
  ["no Host", "GET /payments/v1 HTTP/1.1\r\n\r\n", "header_refused"],
  ["a body over the cap", `${post}Content-Length: 1048577\r\n\r\n{}`, "body_too_large"],
];

test.each(refused)("refuses %s and judges nothing that is pipelined behind it", async (_what, request, code) => {
  const answer = await parser.raw(request + smuggled + smuggled);
  expect(parser.heard.filter(({ call }) => call !== null)).toEqual([]);
  expect(parser.heard[0]?.refusal?.code).toBe(code);
  expect(answer.match(/HTTP\/1\.1 [2-5]/g)).toHaveLength(1);
  expect(answer).toContain("onnection: close");
});

const offer = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n";

test.each([
  ["without a body", smuggled.replace("\r\n\r\n", `\r\n${offer}\r\n`), "GET /v1/keys "],
  ["with a body", `${post}${offer}Content-Length: 2\r\n\r\n{}`, "POST /v1/refunds {}"],
  ["with a chunked body", `${post}${offer}Transfer-Encoding: chunked\r\n\r\n${chunked}`, "POST /v1/refunds {}"],
])("ignores an offer of HTTP/2 %s, and judges nothing that is pipelined behind it", async (_what, request, judged) => {
  const answer = await parser.raw(request + smuggled, smuggled);
  const calls = parser.heard.flatMap(({ call }) => (call === null ? [] : [call]));
  expect(calls.map(({ name, request: { body } }) => `${name} ${body.toString()}`)).toEqual([judged]);
  expect(calls[0]?.request.headers).toEqual([]);
  expect(answer.match(/HTTP\/1\.1 [2-5]/g)).toEqual(["HTTP/1.1 2"]);
  expect(answer).toContain("onnection: close");
});

test("judges requests that are pipelined behind one another when each is plain", async () => {
  await parser.raw(smuggled + smuggled);
  expect(parser.heard.map(({ call }) => call?.name)).toEqual(["GET /v1/keys", "GET /v1/keys"]);
});

test("refuses trailers that were not announced, and what is pipelined behind them", async () => {
  await parser.raw(`${post}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX-A: 1\r\n\r\n${smuggled}`);
  expect(parser.heard.map(({ refusal }) => refusal?.code)).toEqual(["framing_ambiguous", "framing_ambiguous"]);
});

test.each([
  [
    "Content-Length beside Transfer-Encoding",
    `${post}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n${chunked}`,
  ],
  ["two lengths", `${post}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`],
  ["two codings", `${post}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n${chunked}`],
  ["a NUL in a header", `${post}X-A: a\0b\r\nContent-Length: 2\r\n\r\n{}`],
])("never sees %s, since Node refuses it", async (_what, request) => {
  const answer = await parser.raw(request + smuggled);
  expect(parser.heard).toEqual([]);
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
});

test("reads a body that arrives byte by byte and keeps the connection for the next request", async () => {
  const body = '{"amount":5}';
  await parser.raw(`${post}Content-Length: ${body.length}\r\n\r\n`, body.slice(0, 3), body.slice(3), smuggled);
  expect(parser.heard.map(({ call }) => call?.name)).toEqual(["POST /v1/refunds", "GET /v1/keys"]);
  expect(parser.heard[0]?.call?.arguments).toEqual({ amount: 5 });
});

test("reads a chunked body whole and keeps the connection", async () => {
  await parser.raw(`${post}Transfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\n3\r\n 1}\r\n0\r\n\r\n${smuggled}`);
  // The second request has nothing to wait for, so it is heard first.
  const bodies = parser.heard.map(({ call }) => `${call?.name} ${call?.request.body.toString()}`);
  expect(bodies).toEqual(["GET /v1/keys ", 'POST /v1/refunds {"a": 1}']);
});

test("refuses a chunked body as soon as it exceeds the cap", async () => {
  const chunk = Buffer.alloc(600_000, 0x20);
  const part = Buffer.concat([Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from("\r\n")]);
  await parser.raw(Buffer.concat([Buffer.from(`${post}Transfer-Encoding: chunked\r\n\r\n`), part, part]));
  expect(parser.heard.map(({ refusal }) => refusal?.code)).toEqual(["body_too_large"]);
});

test("refuses a body that does not arrive in time, and closes", async () => {
  const answer = await impatient.raw(`${post}Content-Length: 20\r\n\r\n{"a":`);
  expect(impatient.heard.map(({ refusal }) => refusal?.code)).toEqual(["body_timeout"]);
  expect(answer).toContain("onnection: close");
});

test("keeps the connection after a body that is framed well and is no JSON", async () => {
  await parser.raw(`${post}Content-Length: 5\r\n\r\n{"a":${smuggled}`);
  expect(parser.heard.map((heard) => heard.refusal?.code ?? heard.call?.name)).toEqual([
    "json_invalid",
    "GET /v1/keys",
  ]);
});

test("keeps the connection after an unknown route without a body, and gives it up when there is one", async () => {
  await parser.raw(`GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n${smuggled}`);
  await parser.raw(`${post.replace("/payments", "/nowhere")}Content-Length: 2\r\n\r\n{}${smuggled}`);
  expect(parser.heard.map((heard) => heard.refusal?.code ?? heard.call?.name)).toEqual([
    "route_unknown",
    "GET /v1/keys",
    "route_unknown",
    "framing_ambiguous",
  ]);
});

test("accepts an absolute target that names the Host, reduced to its path", async () => {
  const { call } = await parser.ask({ target: "http://Gateway.Example:80/payments/v1/keys?a=1" });
  expect(call?.request).toMatchObject({ target: "/v1/keys?a=1", host: "gateway.example" });
});

test.each(["TRACE", "PUT"])("refuses %s, whatever follows is another request", async (method) => {
  const { refusal } = await parser.ask({ method, target: "/payments/v1" });
  expect(refusal?.code).toBe("method_refused");
});

test("accepts a plain 100-continue", async () => {
  await parser.raw(`${post}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n`, "{}");
  expect(parser.heard[0]?.call?.name).toBe("POST /v1/refunds");
});

test("parses a resumed hold from the kept bytes, without the stream", async () => {
  const { exchange, call } = await parser.ask({
    target: "/payments/v1/refunds",
    headers: ["Content-Type: application/json"],
    body: '{"amount":5}',
  });
  const again = await parser.parse({ ...exchange, resumed: "a_1" });
  expect(again).toEqual(call);
});

test("refuses a body whose sender left, without waiting for the timeout", async () => {
  const socket = connect(parser.port, "127.0.0.1");
  socket.write(`${post}Content-Length: 20\r\n\r\n{"a":`, () => socket.destroy());
  await eventually("it is refused", () => (parser.heard.length > 0 ? true : null));
  expect(parser.heard.map(({ refusal }) => refusal?.code)).toEqual(["body_incomplete"]);
});
