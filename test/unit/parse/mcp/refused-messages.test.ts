import { call, message, type McpParser, startMcpParser } from "../../../support/mcp-parser.ts";

let parser: McpParser;
beforeAll(async () => {
  parser = await startMcpParser();
});
afterAll(() => parser.close());

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
  ["a completion of nothing", message({ method: "completion/complete", params: { ref: {} } }), "rpc_invalid"],
  [
    "a completion of a tool",
    message({ method: "completion/complete", params: { ref: { type: "ref/tool" } } }),
    "rpc_invalid",
  ],
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
  expect(await parser.codeFor(body)).toBe(code);
});
