import { AwaitedAnswers } from "../../../../gateway/act/results/mcp-answers.ts";
import type { EvaluatedCall } from "../../../../gateway/domain/exchange.ts";
import { evaluated, subject, TestClock, toolCall } from "../../../support/builders.ts";

function request(id: string | number, agent: string, session = "s"): EvaluatedCall {
  const mcp = {
    era: "legacy" as const,
    version: "2025-11-25" as const,
    kind: "request" as const,
    id,
    method: "tools/list",
    progressToken: null,
    transportSession: session,
    acceptsEventStream: true,
    tasks: null,
  };
  return evaluated({ subject: subject({ id: agent }), call: toolCall({ action: "tools/list", mcp }) });
}

test("knows a request by its caller, session, and the type and value of its id", () => {
  const awaited = new AwaitedAnswers(new TestClock());
  awaited.note(request(1, "a"));
  expect(awaited.requestOf(request(0, "a"), 1)?.method ?? null).toBe("tools/list");
  expect(awaited.requestOf(request(0, "a"), "1")?.method ?? null).toBeNull();
  expect(awaited.requestOf(request(0, "b"), 1)?.method ?? null).toBeNull();
  expect(awaited.requestOf(request(0, "a", "other"), 1)?.method ?? null).toBeNull();
});

test("a caller with thousands of requests forgets its own and nobody else's", () => {
  const awaited = new AwaitedAnswers(new TestClock());
  awaited.note(request("honest", "b"));
  for (let id = 0; id < 5_000; id++) awaited.note(request(id, "greedy"));
  expect(awaited.requestOf(request(0, "greedy"), 0)?.method ?? null).toBeNull();
  expect(awaited.requestOf(request(0, "greedy"), 4_999)?.method ?? null).toBe("tools/list");
  expect(awaited.requestOf(request(0, "b"), "honest")?.method ?? null).toBe("tools/list");
});
