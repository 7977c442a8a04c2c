/** The arguments of a large tool call are built when somebody reads them, and their bytes are known. */
import { argumentsKnown, isUnread } from "../../../../gateway/domain/arguments-read.ts";
import type { ToolCall } from "../../../../gateway/domain/tool-call.ts";
import type { JsonObject } from "../../../../gateway/lib/json.ts";
import {
  call as smallCall,
  message,
  meta,
  type McpParser,
  mirrored,
  startMcpParser,
} from "../../../support/mcp-parser.ts";

let parser: McpParser;
beforeAll(async () => {
  parser = await startMcpParser();
});
afterAll(() => parser.close());

const note = "x".repeat(5_000);
const args = { customer_id: "7", at: "12:00", rows: [{ id: 1 }, { id: 2, note }] };

async function callOf(body: JsonObject | string, ...headers: string[]): Promise<ToolCall> {
  const { call, refusal } = await parser.send(body, ...headers);
  if (call === null) throw new Error(`refused: ${refusal?.code}`);
  return call;
}

const ofTool = (params: JsonObject): JsonObject => message({ params });

test("arguments are built once, when somebody reads them, and all else of the message is there", async () => {
  const _meta = { progressToken: "p-1", traceparent: `00-${"c".repeat(32)}-${"b".repeat(16)}-01` };
  const call = await callOf(ofTool({ _meta, name: "read_customer", arguments: args, task: { ttl: 5 } }));
  expect(call).toMatchObject({ action: "tools/call", name: "read_customer", beside: { task: { ttl: 5 } } });
  expect(call.mcp).toMatchObject({ kind: "request", id: 1, progressToken: "p-1" });
  expect([call.declaredTrace, isUnread(call), argumentsKnown(call)?.noUrl]).toEqual(["c".repeat(32), true, true]);
  expect([isUnread(call), argumentsKnown(call)?.bytes?.toString()]).toEqual([true, JSON.stringify(args)]);
  const { arguments: first } = call;
  expect([first, call.arguments === first, isUnread(call)]).toEqual([args, true, false]);
  expect(argumentsKnown(call)?.bytes?.toString()).toBe(JSON.stringify(args));
});

test("arguments of the newest version are put off as well", async () => {
  const call = await callOf(ofTool({ ...smallCall, arguments: args, _meta: meta }), ...mirrored);
  expect([call.mcp?.era, isUnread(call), call.arguments]).toEqual(["modern", true, args]);
});

test("arguments are there at once where the message is small, and their bytes are known", async () => {
  const call = await callOf(ofTool({ name: "read_customer", arguments: { customer_id: "7" }, _meta: {} }));
  expect(Object.getOwnPropertyDescriptor(call, "arguments")).toMatchObject({ value: { customer_id: "7" } });
  expect(argumentsKnown(call)?.bytes?.toString()).toBe('{"customer_id":"7"}');
});

test("nothing is known of the bytes where JSON.stringify would write others, in a small message and in a large one", async () => {
  for (const more of ["", note]) {
    const given = `{"2":0,"1":0,"amount":1.50,"note":"${more}"}`;
    const params = `{"name":"read_customer","arguments":${given}}`;
    const call = await callOf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`);
    expect([isUnread(call), argumentsKnown(call)?.bytes]).toEqual([more !== "", null]);
    expect(JSON.stringify(call.arguments)).toBe(JSON.stringify(JSON.parse(given)));
  }
});

test("spaces, escapes and URLs around the arguments say nothing of them", async () => {
  const written = `{"a":"${note}"}`;
  const params = `{ "name":"read\\u005fcustomer", "_meta":{"x":"http://a.example \\n"},"arguments": ${written} }`;
  const call = await callOf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`);
  expect([call.name, argumentsKnown(call)?.noUrl]).toEqual(["read_customer", true]);
  expect(argumentsKnown(call)?.bytes?.toString()).toBe(written);
  const withUrl = await callOf(ofTool({ name: "read_customer", arguments: { a: note, b: "http://a.example" } }));
  expect([argumentsKnown(withUrl)?.noUrl, withUrl.arguments["b"]]).toEqual([false, "http://a.example"]);
});

test.each<[string, JsonObject]>([
  ["a prompt", { method: "prompts/get", params: { name: "summary", arguments: { note } } }],
  ["another method", { method: "resources/read", params: { uri: "crm://7", arguments: { note } } }],
  ["a list", { method: "tools/list", params: { cursor: "c", arguments: { note } } }],
])("arguments of %s are there at once, as large as they are", async (_what, more) => {
  const call = await callOf(message(more));
  expect(isUnread(call)).toBe(false);
  expect(JSON.stringify(call.arguments)).toContain(note);
});

test("arguments with a key that is written with escapes are read all the same", async () => {
  const params = `{"name":"read_customer","\\u0061rguments":{"note":"${note}"}}`;
  const call = await callOf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`);
  expect([call.arguments, argumentsKnown(call)?.bytes]).toEqual([{ note }, null]);
});

test("a large message on a route that omits bodies has none, whoever reads them", async () => {
  const { call } = await parser.ask({
    target: "/mcp/blind",
    headers: ["Content-Type: application/json"],
    body: JSON.stringify(ofTool({ name: "read_customer", arguments: args })),
  });
  expect([call?.arguments, call?.argumentsOmitted, argumentsKnown(call as ToolCall)?.bytes]).toEqual([{}, true, null]);
});

test.each<[string, JsonObject | string, string]>([
  ["arguments that are a list", ofTool({ name: "read_customer", arguments: [note] }), "rpc_invalid"],
  ["a key beside them", ofTool({ name: "read_customer", arguments: args, more: 1 }), "rpc_invalid"],
  ["no name", ofTool({ arguments: args }), "rpc_invalid"],
  ["no id", { jsonrpc: "2.0", method: "tools/call", params: { name: "x", arguments: args } }, "rpc_invalid"],
  ["a batch", `[${JSON.stringify(ofTool({ name: "read_customer", arguments: args }))}]`, "rpc_batch"],
  ["a key of another case", ofTool({ name: "read_customer", arguments: args, Name: "y" }), "json_key_refused"],
  [
    "a fault in them",
    JSON.stringify(ofTool({ name: "x", arguments: args })).replace('"id":2', '"id":02'),
    "json_invalid",
  ],
])("a large message is refused for %s, although nobody reads its arguments", async (_what, body, code) => {
  expect(await parser.codeFor(body)).toBe(code);
});
