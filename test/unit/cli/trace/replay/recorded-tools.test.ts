import {
  asToolResult,
  mcpAtTools,
  type RecordedTools,
  recordedTools,
} from "../../../../../gateway/cli/trace/replay/recorded-tools.ts";

let tools: RecordedTools;
beforeEach(async () => {
  tools = await recordedTools();
});
afterEach(() => tools.close());

const post = async (path: string, body: unknown): Promise<unknown> =>
  (await fetch(tools.origin + path, { method: "POST", body: JSON.stringify(body) })).json();

test("answers a plain call with what was recorded, and counts it", async () => {
  tools.answerWith([1, "two"]);
  expect(await post("/tools/desk/read", {})).toEqual([1, "two"]);
  expect(tools.arrived()).toBe(1);
});

test("answers a message as an MCP server, and counts calls of tools alone", async () => {
  tools.answerWith({ id: "t-7" });
  expect(await post(mcpAtTools, { jsonrpc: "2.0", id: 4, method: "tools/call", params: {} })).toEqual({
    jsonrpc: "2.0",
    id: 4,
    result: { content: [{ type: "text", text: '{"id":"t-7"}' }], structuredContent: { id: "t-7" } },
  });
  expect(await post(mcpAtTools, { jsonrpc: "2.0", id: 5, method: "tools/list" })).toMatchObject({ id: 5, error: {} });
  expect(tools.arrived()).toBe(1);
});

test.each([
  ["a text", "hello", { content: [{ type: "text", text: "hello" }] }],
  ["a list", [1], { content: [{ type: "text", text: "[1]" }] }],
  ["nothing", null, { content: [{ type: "text", text: "null" }] }],
  ["an object", { a: 1 }, { content: [{ type: "text", text: '{"a":1}' }], structuredContent: { a: 1 } }],
  [
    "a list of content that is none of MCP",
    { content: ["x"] },
    { content: [{ type: "text", text: '{"content":["x"]}' }], structuredContent: { content: ["x"] } },
  ],
])("makes a result of MCP of %s", (_what, recorded, result) => {
  expect(asToolResult(recorded)).toEqual(result);
});

test("leaves a recorded result of MCP as it is", () => {
  const result = { content: [{ type: "text", text: "x" }], isError: true };
  expect(asToolResult(result)).toBe(result);
});
