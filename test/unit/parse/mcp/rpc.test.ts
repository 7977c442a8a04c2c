import type { JsonObject } from "../../../../gateway/lib/json.ts";
import { addressOf, readMessage, singleMessage } from "../../../../gateway/parse/mcp/rpc.ts";
import { message } from "../../../support/mcp-parser.ts";
import { codeOf } from "../../../support/parser.ts";

test("takes one object for a message, and neither a batch nor anything else", () => {
  const only = message();
  expect(singleMessage(only)).toBe(only);
  expect(codeOf(() => singleMessage([only]))).toBe("rpc_batch");
  for (const body of ["x", 1, null, true]) expect(codeOf(() => singleMessage(body))).toBe("rpc_invalid");
});

test("reads a request with its progress token", () => {
  const params = { name: "find_ticket", _meta: { progressToken: 0 } };
  expect(readMessage(message({ id: "", params }))).toEqual({
    kind: "request",
    id: "",
    method: "tools/call",
    params,
    meta: params._meta,
    progressToken: 0,
  });
});

test("reads a notification by its method and the id that it has not", () => {
  const read = readMessage({ jsonrpc: "2.0", method: "notifications/cancelled" });
  expect(read).toEqual({
    kind: "notification",
    id: null,
    method: "notifications/cancelled",
    params: {},
    meta: null,
    progressToken: null,
  });
  expect(codeOf(() => readMessage(message({ method: "notifications/cancelled" })))).toBe("rpc_invalid");
  expect(codeOf(() => readMessage({ jsonrpc: "2.0", method: "tools/list" }))).toBe("rpc_invalid");
});

test.each<[string, JsonObject]>([
  ["a result", { result: { content: [] } }],
  ["an error", { error: { code: -1, message: "no" } }],
])("reads %s of the client as what it sends out", (_what, answer) => {
  expect(readMessage({ jsonrpc: "2.0", id: 7, ...answer })).toMatchObject({
    kind: "response",
    id: 7,
    method: "response",
    params: answer,
  });
});

test.each<[string, JsonObject]>([
  ["a result and an error", { id: 1, result: {}, error: {} }],
  ["neither of both", { id: 1 }],
  ["no id", { result: {} }],
  ["a result that is no object", { id: 1, result: [] }],
  ["a key beside", { id: 1, result: {}, params: {} }],
])("refuses an answer with %s", (_what, answer) => {
  expect(codeOf(() => readMessage({ jsonrpc: "2.0", ...answer }))).toBe("rpc_invalid");
});

test.each<[string, JsonObject]>([
  ["in the message", message({ Method: "tools/list" })],
  ["in the params", message({ params: { name: "x", URI: "y" } })],
  ["in _meta", message({ params: { name: "x", _meta: { "dev.sallyport/Session": "s" } } })],
])("refuses a key that other parsers take for another one, %s", (_where, body) => {
  expect(codeOf(() => readMessage(body))).toBe("json_key_refused");
});

test("finds the address of a message that it would refuse, so that the refusal reaches its request", () => {
  expect(addressOf({ id: 1, method: "x", more: 1 })).toEqual({ id: 1, method: "x" });
  expect(addressOf({ id: 1.5, method: "x" })).toEqual({ id: null, method: "x" });
  expect(addressOf({ id: 1, method: 2 })).toBeNull();
});
