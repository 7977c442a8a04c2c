import {
  announcement,
  listedTool,
  makesTasks,
  unknownTaskAnswer,
} from "../../../../gateway/act/results/task-support.ts";
import type { JsonObject } from "../../../../gateway/lib/json.ts";
import type { ToolCall } from "../../../../gateway/domain/tool-call.ts";
import { evaluated, route, toolCall } from "../../../support/builders.ts";

function mcp(action: string, { tasks = true, version = "2025-11-25" } = {}): ToolCall {
  const hold = { ...route().hold, tasks };
  return { ...toolCall(), action, route: route({ hold }), mcp: { version } } as ToolCall;
}

const opened = { result: { protocolVersion: "2025-11-25", capabilities: { logging: {} } } };

test("offers tasks in the answer that opens a conversation, beside what the tool server offers", () => {
  expect(announcement(mcp("initialize"))?.(opened)).toEqual({
    result: {
      protocolVersion: "2025-11-25",
      capabilities: { logging: {}, tasks: { list: {}, cancel: {}, requests: { tools: { call: {} } } } },
    },
  });
  const theirs = { tasks: { list: { x: 1 }, requests: { sampling: {} } } };
  expect(announcement(mcp("initialize"))?.({ result: { ...opened.result, capabilities: theirs } })).toMatchObject({
    result: {
      capabilities: { tasks: { list: { x: 1 }, cancel: {}, requests: { sampling: {}, tools: { call: {} } } } },
    },
  });
});

test("offers tasks as an extension where the protocol has them as one", () => {
  const discovered = announcement(mcp("server/discover"))?.({ result: { capabilities: {} } });
  expect(discovered).toEqual({ result: { capabilities: { extensions: { "io.modelcontextprotocol/tasks": {} } } } });
});

test.each<[string, ReturnType<typeof announcement>, JsonObject]>([
  ["of another version", announcement(mcp("initialize")), { result: { protocolVersion: "2025-06-18" } }],
  ["that is an error", announcement(mcp("initialize")), { error: { code: -32_600, message: "no" } }],
])("leaves an answer %s as it is", (_, rewrite, message) => {
  expect(rewrite?.(message)).toEqual(message);
});

test("offers nothing on a route without tasks, or in other answers", () => {
  expect(announcement(mcp("initialize", { tasks: false }))).toBeNull();
  expect(announcement(mcp("tools/list"))).toBeNull();
});

test("says of listed tools that their calls may be tasks, unless the tool server says more", () => {
  const list = listedTool(mcp("tools/list"));
  expect(list({ name: "a" })).toEqual({ name: "a", execution: { taskSupport: "optional" } });
  expect(list({ name: "a", execution: { taskSupport: "forbidden", x: 1 } })).toEqual({
    name: "a",
    execution: { taskSupport: "optional", x: 1 },
  });
  expect(list({ name: "a", execution: { taskSupport: "required" } })).toEqual({
    name: "a",
    execution: { taskSupport: "required" },
  });
  expect(listedTool(mcp("tools/list", { version: "2026-07-28" }))({ name: "a" })).toEqual({ name: "a" });
});

test.each<[JsonObject | null, boolean]>([
  [{ execution: { taskSupport: "required" } }, true],
  [{ execution: { taskSupport: "optional" } }, true],
  [{ execution: { taskSupport: "forbidden" } }, false],
  [{ execution: "required" }, false],
  [{}, false],
  [null, false],
])("reads from the definition %j whether the tool server makes tasks itself: %j", (definition, makes) => {
  expect(makesTasks(definition)).toBe(makes);
});

describe("an answer about a task that the tool server knows nothing of", () => {
  const notFound = { error: { code: -32_601, message: "Method not found" } };
  const asked = (action: string, tasks = true) => {
    const call = mcp(action, { tasks });
    return evaluated({ call: { ...call, mcp: { ...call.mcp, id: 7, era: "legacy" } } as ToolCall });
  };

  test("says that the task is unknown, since the gateway offers tasks", () => {
    const answer = JSON.parse(unknownTaskAnswer(asked("tasks/get"), notFound) ?? "null") as object;
    expect(answer).toMatchObject({ id: 7, error: { code: -32_602, data: { code: "task_unknown" } } });
  });

  test.each<[string, ReturnType<typeof asked>, unknown]>([
    ["another method", asked("resources/read"), notFound],
    ["a route without tasks", asked("tasks/get", false), notFound],
    ["another error", asked("tasks/get"), { error: { code: -32_602, message: "no such task" } }],
    ["a body that is no message", asked("tasks/get"), null],
  ])("stays what it is for %s", (_, about, answer) => {
    expect(unknownTaskAnswer(about, answer)).toBeNull();
  });
});
