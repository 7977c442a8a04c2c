import type { ServerResponse } from "node:http";
import { ReceivedHead } from "../../../../gateway/act/forward/answer-head.ts";
import { McpAnswers } from "../../../../gateway/act/results/mcp-answers.ts";
import type { Logger } from "../../../../gateway/domain/ports.ts";
import type { McpMessage } from "../../../../gateway/domain/tool-call.ts";
import { allVisible } from "../../../support/all-visible.ts";
import { evaluated, TestClock, toolCall } from "../../../support/builders.ts";
import { quiet } from "../../../support/quiet.ts";

const mcp = { era: "legacy", version: "2025-11-25", kind: "request", id: 1, transportSession: null } as McpMessage;
const initialize = evaluated({ call: toolCall({ mcp, action: "initialize" }) });

const begun = { begun() {}, shown: (_subject: unknown, _call: unknown, id: string) => `shown ${id}` };

function mcpAnswers(logger: Pick<Logger, "warn"> = quiet): McpAnswers {
  return new McpAnswers(allVisible, {
    begun,
    pages: { areDeclaredBy: () => false } as never,
    logger,
    clock: new TestClock(),
    lists: { announced() {} } as never,
  });
}

/** The headers that name the session which an answer to `initialize` begins. */
function named(session: string): readonly string[] {
  const answers = mcpAnswers();
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

describe("an answer to initialize", () => {
  const answered = (protocolVersion: string, answers = mcpAnswers()): unknown => {
    const message = { jsonrpc: "2.0", id: 1, result: { protocolVersion, capabilities: {} } };
    return answers.filter(initialize).pass(JSON.stringify(message));
  };

  test.each(["2024-11-05", "2025-11-25"])("passes with version %s", async (version) => {
    expect(await answered(version)).toContain(version);
  });

  test("is withheld with a version whose requests would all be refused, and says which work", () => {
    const told =
      "unknown version of MCP 2024-10-07; supported: 2024-11-05, 2025-03-26, 2025-06-18, 2025-11-25, 2026-07-28";
    const refusal = { code: "upstream_answer_refused", hint: expect.stringContaining(told) };
    expect(() => answered("2024-10-07")).toThrow(expect.objectContaining(refusal));
    expect(() => answered("2024-10-07\n</b>")).toThrow(
      expect.objectContaining({ hint: expect.stringContaining("unknown version of MCP; supported") }),
    );
  });

  test("of an unknown version is told in the log once for each version, few at most, and what is no version without its text", () => {
    const warned: unknown[] = [];
    const answers = mcpAnswers({ warn: (_message, fields) => void warned.push(fields) });
    const supported = "2024-11-05, 2025-03-26, 2025-06-18, 2025-11-25, 2026-07-28";
    for (const version of ["2024-10-07", "2027-01-01", "2024-10-07", "call\nme", "any\none"])
      expect(() => answered(version, answers)).toThrow();
    const { id } = initialize.call.route;
    expect(warned).toEqual([
      { route: id, version: "2024-10-07", supported },
      { route: id, version: "2027-01-01", supported },
      { route: id, supported },
    ]);
    for (let n = 0; n < 99; n += 1) expect(() => answered(`v${n}`, answers)).toThrow();
    expect(warned).toHaveLength(16);
  });
});

describe("a tool server's message about a task of the gateway's own", () => {
  const tasked = evaluated({ call: toolCall({ mcp, action: "tools/call" }) });
  const pass = (members: object): unknown =>
    mcpAnswers()
      .filter(tasked)
      .pass(JSON.stringify({ jsonrpc: "2.0", ...members }).replace("sallyport-", "\\u0073allyport-"));

  test("does not pass as a notification", () => {
    const params = { taskId: "sallyport-t_1", status: "completed" };
    expect(pass({ method: "notifications/tasks/status", params })).toBeNull();
    const { taskId: _own, ...others } = params;
    expect(pass({ method: "notifications/tasks/status", params: { ...others, taskId: "t_1" } })).toContain("t_1");
  });

  test("is refused as an answer", () => {
    expect(() => pass({ id: 1, result: { task: { taskId: "sallyport-t_1", status: "working" } } })).toThrow(
      expect.objectContaining({ code: "upstream_answer_refused" }),
    );
  });
});
