import { ApprovalPages } from "../../../../gateway/act/hold/approval-pages.ts";
import type { CallerError } from "../../../../gateway/act/respond/refusal-wording.ts";
import type { Approval } from "../../../../gateway/domain/approval.ts";
import type { EvaluatedCall } from "../../../../gateway/domain/exchange.ts";
import type { McpMessage, ToolCall } from "../../../../gateway/domain/tool-call.ts";
import { evaluated, requirement, route, toolCall } from "../../../support/builders.ts";

const approval = { id: "a_1", requirement: { ...requirement, summary: "Refund 120 EUR" }, state: "held" } as Approval;
const told: CallerError = {
  outcome: "pending",
  code: "approval_pending",
  status: 202,
  sentence: "…",
  reasons: [],
  retryable: true,
  executed: false,
  retryAfterS: null,
  decisionId: "d_1",
  approval: { id: "a_1", expiresAt: 1, retryAfterS: 5 },
};
const url = "https://console.example/approvals/a_1";
const legacy = {
  era: "legacy",
  version: "2025-11-25",
  kind: "request",
  id: 7,
  transportSession: "s-1",
  sealed: { id: "sealed", owner: "own", announced: [], opensPages: true },
} as unknown as McpMessage;
const pages = { elicitation: { url: {} } };
const modern = {
  era: "modern",
  version: "2026-07-28",
  kind: "request",
  id: 7,
  capabilities: pages,
} as never as McpMessage;

const offering = route({ protocol: "mcp", hold: { ...route().hold, approvalPage: true } });
const callOf = (mcp: McpMessage, changes: Partial<ToolCall> = {}): EvaluatedCall =>
  evaluated({ call: toolCall({ route: offering, action: "tools/call", mcp, ...changes }) });

function world(consoleUrl: string | null = "https://console.example") {
  const states = { sealed: (_to: unknown, _asked: unknown, state: unknown) => `sealed ${JSON.stringify(state)}` };
  const all = new ApprovalPages({ consoleUrl: () => consoleUrl, states });
  return {
    all,
    answer: (call: EvaluatedCall) => JSON.parse(all.answer({}, call, approval, () => told) ?? "null") as unknown,
  };
}

test("is an error of MCP 2025-11-25 in a session that has declared pages", () => {
  expect(world().answer(callOf(legacy))).toMatchObject({
    jsonrpc: "2.0",
    id: 7,
    error: {
      code: -32042,
      data: { outcome: "pending", approvalId: "a_1", elicitations: [{ mode: "url", elicitationId: "a_1", url }] },
    },
  });
});

test("is a request for input since MCP 2026-07-28, without an id of its own", () => {
  const { result } = world().answer(callOf(modern)) as { result: object };
  expect(result).toMatchObject({
    resultType: "input_required",
    requestState: 'sealed {"approval":"a_1"}',
    inputRequests: { "sallyport-approval": { method: "elicitation/create", params: { mode: "url", url } } },
  });
  expect(JSON.stringify(result)).not.toContain("elicitationId");
});

test.each<[string, EvaluatedCall]>([
  [
    "in a session that has not declared it",
    callOf({ ...legacy, sealed: { id: "sealed", owner: "own", announced: [] } }),
  ],
  ["without a session", callOf({ ...legacy, transportSession: null, sealed: undefined } as never)],
  ["in an older version", callOf({ ...legacy, version: "2025-06-18" })],
  ["on a route without pages", callOf(legacy, { route: route({ protocol: "mcp" }) })],
  ["for a request that declares forms alone", callOf({ ...modern, capabilities: { elicitation: {} } })],
  ["for a request that declares nothing", callOf({ ...modern, capabilities: {} })],
  ["for a round of the tool server's own", callOf(modern, { beside: { requestState: "theirs" } })],
  ["for the round after the page", callOf(modern, { afterPage: "a_1" })],
  ["as the answer to a method that cannot ask", callOf(modern, { action: "completion/complete" })],
])("is not offered %s", (_what, call) => {
  expect(world().answer(call)).toBeNull();
});

test("are declared by an initialize with elicitation in URL mode", () => {
  const { all } = world();
  const by = (capabilities: object) => all.areDeclaredBy(callOf({ ...legacy, capabilities } as never).call);
  expect([by(pages), by({ elicitation: {} }), by({})]).toEqual([true, false, false]);
});

test("is not offered while nobody knows where the console is", () => {
  expect(world(null).answer(callOf(legacy))).toBeNull();
});

test("a client is told once, on a stream of its session, that its call is decided", async () => {
  const { all } = world();
  const events: string[] = [];
  const end = all.streams.add(callOf(legacy), (event) => events.push(event));
  const { promise, resolve } = Promise.withResolvers<Approval>();
  const waits = [1, 2].map(() => all.completed(callOf(legacy), "a_1", () => promise));
  resolve({ ...approval, state: "denied" });
  await Promise.all(waits);
  expect(events.map((event) => event.includes("notifications/elicitation/complete"))).toEqual([true]);
  await all.completed(callOf(legacy), "a_1", async () => approval);
  end();
  await all.completed(callOf(legacy), "a_1", async () => ({ ...approval, state: "denied" }));
  expect(events).toHaveLength(1);
});
