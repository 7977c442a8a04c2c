import type { ServerResponse } from "node:http";
import { ReceivedHead } from "../../../../gateway/act/forward/answer-head.ts";
import { McpAnswers } from "../../../../gateway/act/results/mcp-answers.ts";
import type { McpMessage } from "../../../../gateway/domain/tool-call.ts";
import { allVisible } from "../../../support/all-visible.ts";
import { evaluated, TestClock, toolCall } from "../../../support/builders.ts";

const mcp = { era: "legacy", version: "2025-11-25", kind: "request", id: 1, transportSession: null } as McpMessage;
const initialize = evaluated({ call: toolCall({ mcp, action: "initialize" }) });

/** The headers that name the session which an answer to `initialize` begins. */
function named(session: string): readonly string[] {
  const begun = { begun() {}, shown: (_subject: unknown, _call: unknown, id: string) => `shown ${id}` };
  const answers = new McpAnswers(allVisible, {
    ...{ begun, pages: { areDeclaredBy: () => false } as never, lists: {} as never, clock: new TestClock() },
  });
  const head = new ReceivedHead(
    200,
    ["mcp-session-id", session].map((text) => Buffer.from(text, "latin1")),
  );
  return answers.head(initialize, head, {} as ServerResponse)();
}

test.each(["s", "x".repeat(1_024)])("a session begins with an id that can be sent back: %#", (session) => {
  expect(named(session)).toEqual(["Mcp-Session-Id", `shown ${session}`]);
});

test.each([
  ["too long", "x".repeat(1_025)],
  ["with a space", "a b"],
  ["outside ASCII", "é"],
])("an answer is withheld whose id of a session is %s", (_what, session) => {
  expect(() => named(session)).toThrow(expect.objectContaining({ code: "upstream_answer_refused" }));
});

test("an empty id is none", () => {
  expect(named("")).toEqual([]);
});
