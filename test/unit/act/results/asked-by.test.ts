import { askedBy, pagesOf } from "../../../../gateway/act/results/asked-by.ts";
import { readServerMessage } from "../../../../gateway/act/results/server-message.ts";
import type { McpMessage, ToolCall } from "../../../../gateway/domain/tool-call.ts";
import { toolCall } from "../../../support/builders.ts";

const inputRequests = { k: { method: "roots/list" } };
const refused = { code: "upstream_answer_refused" };

const callOf = (action: string, era: "modern" | "legacy" = "modern", withTasks = true): ToolCall =>
  toolCall({ action, mcp: { era, tasks: withTasks ? { kind: "extension" } : null } as unknown as McpMessage });
const asked = (to: ToolCall, message: object) => askedBy(to, readServerMessage(JSON.stringify(message)));
const byResult = (to: ToolCall, result: object) => asked(to, { jsonrpc: "2.0", id: 1, result });
const byNotice = (to: ToolCall, params: object) => asked(to, { jsonrpc: "2.0", method: "notifications/tasks", params });

test.each<[string, ToolCall, object]>([
  ["a call", callOf("tools/call"), { resultType: "input_required", inputRequests }],
  ["a call, by its state alone", callOf("prompts/get"), { resultType: "input_required", requestState: "s" }],
  ["a task that is asked about", callOf("tasks/get"), { status: "input_required", inputRequests }],
  ["a task, whatever its status", callOf("tasks/get"), { status: "working", inputRequests: {} }],
  ["a call that became a task", callOf("tools/call"), { resultType: "task", taskId: "t", inputRequests }],
])("the result of %s may ask", (_what, to, result) => {
  expect(byResult(to, result)).toBe("inputs");
});

test.each<[string, ToolCall, object]>([
  ["has no such type", callOf("tools/call"), { content: [], inputRequests }],
  ["says that it is complete", callOf("tools/call"), { resultType: "complete", inputRequests }],
  ["is of a method that does not ask", callOf("tasks/update"), { resultType: "complete", inputRequests }],
  ["is of an older version", callOf("tasks/get", "legacy"), { status: "input_required", inputRequests }],
  ["lies within a task", callOf("tasks/get"), { status: "completed", result: { inputRequests } }],
  [
    "lies within a task, by its type alone",
    callOf("tasks/get"),
    { status: "completed", result: { resultType: "input_required", requestState: "s" } },
  ],
  ["has a task that was not declared", callOf("tools/call", "modern", false), { resultType: "task", taskId: "t" }],
  ["some clients read in another way", callOf("tools/call"), { ResultType: "input_required" }],
  ["others read in another way", callOf("tools/call"), { content: [], "inputRequest\u017f": inputRequests }],
  ["has the state under another spelling", callOf("tools/call"), { resultType: "input_required", requeststate: "s" }],
  ["hides it in a task", callOf("tasks/get"), { status: "completed", result: { INPUTREQUESTS: inputRequests } }],
])("a result that %s is refused", (_what, to, result) => {
  expect(() => byResult(to, result)).toThrow(expect.objectContaining(refused));
});

test.each(["elicitation/create", "sampling/createMessage", "roots/list"])(
  "%s without an id is refused: it would reach the caller unjudged",
  (method) => {
    const notice = { jsonrpc: "2.0", method, params: { mode: "url", url: "javascript:alert(1)" } };
    expect(() => asked(callOf("tools/call", "legacy"), notice)).toThrow(expect.objectContaining(refused));
  },
);

test("a member that changes what others mean is refused", () => {
  const text = `{"jsonrpc":"2.0","id":1,"result":{"__proto__":{"resultType":"input_required"}}}`;
  expect(() => askedBy(callOf("tools/call"), readServerMessage(text))).toThrow(expect.objectContaining(refused));
});

test("a result that asks nothing is none, and neither is an error", () => {
  expect(byResult(callOf("tools/call"), { content: [], structuredContent: { resultType: "x" } })).toBeNull();
  expect(byResult(callOf("tasks/get"), { status: "completed", result: { content: [] } })).toBeNull();
  expect(asked(callOf("tools/call"), { jsonrpc: "2.0", id: 1, error: { inputRequests } })).toBeNull();
});

test("an error may send people to pages, in one reading", () => {
  const call = callOf("tools/call", "legacy");
  const byError = (error: object) => asked(call, { jsonrpc: "2.0", id: 1, error });
  for (const code of [-32042, "-32042"]) expect(byError({ code, message: "" })).toBe("pages");
  expect(byError({ code: -32602, data: { elicitations: [] } })).toBeNull();
  expect(() => byError({ code: 0, Code: -32042 })).toThrow(expect.objectContaining(refused));
  expect(pagesOf({ data: { elicitations: [{ url: "u" }] } })).toEqual([{ url: "u" }]);
  expect([pagesOf({}), pagesOf({ data: "x" }), pagesOf({ data: {} })]).toEqual([[], [], []]);
  for (const data of [{ elicitations: {} }, { elicitations: [], Elicitations: [] }])
    expect(() => pagesOf({ data })).toThrow(expect.objectContaining(refused));
});

test("a notification that a task asks is one since MCP 2026-07-28 alone, under its own spelling alone", () => {
  const stream = callOf("subscriptions/listen");
  expect(byNotice(stream, { status: "input_required", inputRequests })).toBe("notice");
  expect(byNotice(stream, { status: "working" })).toBeNull();
  expect(asked(stream, { jsonrpc: "2.0", method: "notifications/x" })).toBeNull();
  for (const [to, params] of [
    [callOf("transport/stream", "legacy"), { inputRequests }],
    [stream, { InputRequests: inputRequests }],
  ] as const)
    expect(() => byNotice(to, params)).toThrow(expect.objectContaining(refused));
});
