import { systemIds } from "../../../../gateway/compose/clock-and-ids.ts";
import type { Exchange } from "../../../../gateway/domain/exchange.ts";
import { callerKey } from "../../../../gateway/domain/subject.ts";
import type { McpMessage, ToolCall } from "../../../../gateway/domain/tool-call.ts";
import { RequestStates } from "../../../../gateway/parse/mcp/request-states.ts";
import { subject, TestClock, toolCall } from "../../../support/builders.ts";

const mcp = { era: "modern", version: "2026-07-28", kind: "request", id: 1 } as McpMessage;
const key = Buffer.alloc(32, 7);
const none = {} as Exchange;
const by = (call: ToolCall) => ({ call, subject: subject() });

function callOf(params: Record<string, unknown>, changes: Partial<ToolCall> = {}): ToolCall {
  const { name: _name, arguments: args = {}, _meta, ...beside } = params;
  const call = toolCall({ mcp, action: "tools/call", resourceType: "tool", arguments: args as never, ...changes });
  const body = Buffer.from(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params }));
  return { ...call, beside: beside as never, request: { ...call.request, body } };
}

function world(of = key) {
  const clock = new TestClock();
  const states = new RequestStates({ key: of, clock, ids: systemIds() });
  return { clock, states, open: async (call: ToolCall, at = {} as Exchange) => states.opened(at, call) };
}

const first = callOf({ name: "pay", arguments: { amount: 1.5 } });
const retry = (requestState: unknown, more: Record<string, unknown> = {}) =>
  callOf({ name: "pay", arguments: { amount: 1.5 }, inputResponses: { k: {} }, requestState, ...more });
const refused = { code: "mcp_state_refused" };

test("gives the tool server back what it gave, and says whom the caller's copy was for", async () => {
  const { states, open } = world();
  const sealed = states.sealed(none, by(first), "their state");
  expect(sealed).not.toContain("their");
  const opened = await open(retry(sealed));
  expect(opened.stateOf).toBe(callerKey(subject()));
  expect(opened.beside).toMatchObject({ requestState: "their state", inputResponses: { k: {} } });
  expect(JSON.parse(opened.request.body.toString())).toMatchObject({
    id: 1,
    method: "tools/call",
    params: { name: "pay", arguments: { amount: 1.5 }, requestState: "their state" },
  });
  expect(opened.request.digest).not.toBe(first.request.digest);
});

test("opens once for each exchange, and keeps what it said when the call is read again from changed bytes", async () => {
  const { states, open } = world();
  const at = {} as Exchange;
  await open(retry(states.sealed(none, by(first), { approval: "a_1" })), at);
  expect(JSON.parse(String(at.body))).toMatchObject({ params: { name: "pay", arguments: { amount: 1.5 } } });
  const changed = callOf({ name: "pay", arguments: { amount: null } });
  expect(await open(changed, at)).toMatchObject({ afterPage: "a_1", stateOf: callerKey(subject()) });
  const theirs = states.sealed(at, by(changed), "s");
  expect((await open(retry(theirs))).beside["requestState"]).toBe("s");
  await expect(open(retry(theirs, { arguments: { amount: null } }))).rejects.toMatchObject(refused);
});

test("opens at another process with the same key, and whatever the order of members", async () => {
  const sealed = world().states.sealed(none, by(callOf({ name: "pay", arguments: { a: 1, b: { c: 2, d: 3 } } })), "s");
  const again = callOf({ arguments: { b: { d: 3, c: 2 }, a: 1 }, name: "pay", requestState: sealed });
  expect((await world().open(again)).beside["requestState"]).toBe("s");
  await expect(world(Buffer.alloc(32, 8)).open(again)).rejects.toMatchObject(refused);
});

test.each<[string, (sealed: string) => ToolCall]>([
  ["was tampered with", (sealed) => retry(`${sealed}-TAMPERED`)],
  ["is the tool server's own", () => retry("their state")],
  ["is no text", () => retry({ a: 1 })],
  ["came with other arguments", (sealed) => retry(sealed, { arguments: { amount: 2 } })],
  ["came with another tool", (sealed) => retry(sealed, { name: "refund" })],
  ["came with another method", (sealed) => ({ ...retry(sealed), action: "prompts/get" })],
  [
    "came on another route of the same server",
    (sealed) => {
      const call = retry(sealed);
      return { ...call, route: { ...call.route, id: "other" } };
    },
  ],
  [
    "came on the route of another server",
    (sealed) => {
      const call = retry(sealed);
      return { ...call, route: { ...call.route, server: "other" } };
    },
  ],
])("refuses a state that %s", async (_what, call) => {
  const { states, open } = world();
  await expect(open(call(states.sealed(none, by(first), "s")))).rejects.toMatchObject(refused);
});

test("refuses a state after a day", async () => {
  const { states, open, clock } = world();
  const sealed = states.sealed(none, by(first), "s");
  clock.advance(24 * 3_600_000);
  await expect(open(retry(sealed))).rejects.toMatchObject(refused);
});

test("reads the state of a resource from the params, and takes a tool's argument of that name for one", async () => {
  const { states, open } = world();
  const resource = (params: Record<string, unknown>) =>
    callOf({ uri: "a:b", ...params }, { action: "resources/read", resourceType: "resource" });
  const asked = { ...resource({}), beside: {}, arguments: { uri: "a:b" } };
  const requestState = states.sealed(none, by(asked), "s");
  const again = { ...resource({ requestState }), beside: {}, arguments: { uri: "a:b", requestState } };
  expect((await open(again)).arguments).toEqual({ uri: "a:b", requestState: "s" });
  const named = callOf({ name: "pay", arguments: { requestState: "mine" } });
  expect(await open(named)).toBe(named);
});

test("leaves alone what has none: other calls, older versions, and the stored call of a task", async () => {
  const { open } = world();
  const stored = retry("their state");
  expect(await open(first)).toBe(first);
  const legacy = { ...stored, mcp: { ...mcp, era: "legacy" } as McpMessage };
  expect(await open(legacy)).toBe(legacy);
  expect(await open(stored, { task: "t-1" } as Exchange)).toBe(stored);
});
