import { createHash } from "node:crypto";
import type { JsonObject } from "../../../../gateway/lib/json.ts";
import {
  call,
  latest,
  message,
  type McpParser,
  meta,
  mirrored,
  modern,
  startMcpParser,
} from "../../../support/mcp-parser.ts";

const key = "dev.sallyport/task-text";
const text = "Pay the bill\nof ann@shop.example";

let parser: McpParser;
beforeAll(async () => {
  parser = await startMcpParser();
});
afterAll(() => parser.close());

const withMeta = (_meta: JsonObject): JsonObject => message({ params: { ...call, _meta } });

test("takes the text out of a request, whatever is read, stored or sent of it afterwards", async () => {
  const sent = withMeta({ progressToken: 7, [key]: text, "example.com/other": [1] });
  const { call: read, exchange } = await parser.send(sent);
  const left = JSON.stringify({
    jsonrpc: "2.0",
    id: 1,
    method: "tools/call",
    params: { ...call, _meta: { progressToken: 7, "example.com/other": [1] } },
  });
  expect(JSON.parse(read?.request.body.toString() ?? "")).toEqual(JSON.parse(left));
  expect(exchange.body?.equals(read?.request.body ?? Buffer.alloc(0))).toBe(true);
  expect(JSON.stringify(read)).not.toContain("ann@shop.example");
  expect(read?.beside).toEqual({ _meta: { "example.com/other": [1] } });
  const digest = `sha256:${createHash("sha256").update(text).digest("hex")}`;
  expect(exchange.taskText).toEqual({ text: { text, truncated: false }, digest, bytes: text.length });
  expect(exchange.context.taskText).toBe(exchange.taskText);
});

test("judges and digests the request that is sent", async () => {
  const plain = await parser.send(message());
  const adding = await parser.send(withMeta({ [key]: text }));
  expect(adding.call?.request.body.length).toBe(JSON.stringify(message()).length);
  const same = await parser.send(adding.call?.request.body.toString() ?? "");
  expect(adding.call?.request.digest).toBe(same.call?.request.digest);
  expect(plain.exchange.taskText).toBeUndefined();
});

test("leaves every number and every other text of the request as they were spelt", async () => {
  const numbers = '{"a":1.50,"b":1e2,"c":-0,"d":0.1e-3,"e":9007199254740991,"f":"\\u00fc\\n"}';
  const body = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read_customer","_meta":{"${key}":"x","n":2.0},"arguments":${numbers}}}`;
  const { call: read, refusal } = await parser.send(body);
  expect(refusal).toBeNull();
  const left = read?.request.body.toString() ?? "";
  for (const spelt of ["1.50", "1e2", '"c":-0', "0.1e-3", "9007199254740991", '"n":2.0']) expect(left).toContain(spelt);
  expect(JSON.parse(left).params.arguments.f).toBe("ü\n");
  expect(left).not.toContain(key);
});

test("takes it out of a request of the stateless era, and of one that is about no tool", async () => {
  const stateless = modern({ params: { ...call, _meta: { ...meta, [key]: text } } });
  const { call: read, exchange } = await parser.send(stateless, ...mirrored);
  expect(JSON.parse(read?.request.body.toString() ?? "").params._meta).toEqual(meta);
  expect(exchange.taskText?.text.text).toBe(text);
  const list = await parser.send(message({ method: "tools/list", params: { _meta: { [key]: text } } }));
  expect([list.call?.arguments, list.exchange.taskText?.text.text]).toEqual([{}, text]);
  expect(JSON.parse(list.call?.request.body.toString() ?? "").params).toEqual({});
  expect(await parser.codeFor(stateless, latest)).toBe("mcp_header_mismatch");
});

test("cuts a text that is too long, and knows how long it was", async () => {
  const { exchange } = await parser.send(withMeta({ [key]: "ä".repeat(10_000) }));
  expect(exchange.taskText?.text).toEqual({ text: "ä".repeat(8_192), truncated: true });
  expect(exchange.taskText?.bytes).toBe(20_000);
});

test.each<[string, JsonObject, string]>([
  ["a number", withMeta({ [key]: 1 }), "rpc_invalid"],
  ["null", withMeta({ [key]: null }), "rpc_invalid"],
  ["an empty text", withMeta({ [key]: "" }), "rpc_invalid"],
  ["a key that only folds to it", withMeta({ "dev.sallyport/Task-Text": "x" }), "json_key_refused"],
  [
    "it in a notification",
    { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 4, _meta: { [key]: "x" } } },
    "rpc_invalid",
  ],
  ["it in an answer to the server", { jsonrpc: "2.0", id: 0, result: { _meta: { [key]: "x" } } }, "rpc_invalid"],
])("refuses %s, which would travel on or be ignored", async (_what, body, code) => {
  const { refusal, exchange } = await parser.send(body);
  expect([refusal?.code, exchange.taskText]).toEqual([code, undefined]);
  if (code === "rpc_invalid") expect(refusal?.hint).toContain(key);
});
