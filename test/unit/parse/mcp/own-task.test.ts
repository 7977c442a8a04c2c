import { createHash } from "node:crypto";
import { ownTasks } from "../../../../gateway/parse/mcp/own-task.ts";
import type { Exchange } from "../../../../gateway/domain/exchange.ts";
import { digested, type McpMessage, type ToolCall } from "../../../../gateway/domain/tool-call.ts";
import { route, toolCall } from "../../../support/builders.ts";

const text =
  '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"n":1.10},"task":{"ttl":1}}}';

function called(kind: "augmented" | "extension" | null, tasks = true): ToolCall {
  const { request } = toolCall();
  const body = Buffer.from(text);
  const offered = kind === null ? null : { kind, ttlMs: 1 };
  return toolCall({
    route: route({ hold: { ...route().hold, tasks } }),
    name: "a",
    beside: { task: { ttl: 1 }, requestState: "x" },
    request: { ...request, ...digested("POST", "/mcp", "application/json", body), body },
    mcp: { tasks: offered } as McpMessage,
  });
}

const read = async (call: ToolCall, makes = false): Promise<ToolCall> =>
  ownTasks(() => Promise.resolve(makes))({} as Exchange, call);

test("takes the wish for a task out of what is judged and sent, where the gateway makes it", async () => {
  const { request, beside, mcp } = await read(called("augmented"));
  expect(request.body.toString()).toBe(text.replace(',"task":{"ttl":1}', ""));
  expect(request.digestedText).toContain(createHash("sha256").update(request.body).digest("hex"));
  expect([beside, mcp?.tasks]).toEqual([{ requestState: "x" }, { kind: "augmented", ttlMs: 1 }]);
});

test.each<[string, ToolCall, boolean]>([
  ["of a tool whose server makes tasks", called("augmented"), true],
  ["on a route without tasks", called("augmented", false), false],
  ["of the stateless era", called("extension"), false],
  ["that wants no task", called(null), false],
])("leaves a call %s as it is", async (_, call, makes) => {
  expect(await read(call, makes)).toBe(call);
});
