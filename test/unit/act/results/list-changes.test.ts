import { ListChanges } from "../../../../gateway/act/results/list-changes.ts";
import type { DefinitionKind } from "../../../../gateway/domain/definition-kinds.ts";
import type { EvaluatedCall } from "../../../../gateway/domain/exchange.ts";
import type { ActivePolicy } from "../../../../gateway/domain/ports.ts";
import type { McpMessage } from "../../../../gateway/domain/tool-call.ts";
import type { JsonObject } from "../../../../gateway/lib/json.ts";
import { evaluated, subject, TestClock, toolCall } from "../../../support/builders.ts";

const listChanged = { listChanged: true };
/** What each policy shows, by its revision. */
const shown: Readonly<Record<string, readonly string[]>> = {
  one: ["a", "b", "p", "r"],
  two: ["a", "b", "p", "r"],
  fewer: ["a", "p", "r"],
  templates: ["a", "b", "p", "r", "t"],
};
const policy = (revision: string) => ({ revision }) as ActivePolicy;
const listed: Partial<Record<DefinitionKind, readonly string[]>> = {
  ...{ tool: ["a", "b"], prompt: ["p"] },
  ...{ resource: ["r"], resource_template: ["t"] },
};

const session = (kind: McpMessage["kind"], transportSession: string | null) => ({
  ...{ era: "legacy", version: "2025-11-25", kind, id: kind === "stream" ? null : 1, transportSession },
});
const initialize = evaluated({ call: toolCall({ action: "initialize", mcp: session("request", null) as McpMessage }) });
const stream = (of: string | null = "s-1", more: Partial<EvaluatedCall> = {}) => ({
  ...evaluated({ call: toolCall({ action: "transport/stream", mcp: session("stream", of) as McpMessage }) }),
  ...more,
});
const listening = (notifications: JsonObject) =>
  evaluated({
    call: toolCall({
      ...{ action: "subscriptions/listen", arguments: { notifications } },
      mcp: { era: "modern", version: "2026-07-28", kind: "request", id: "l-1" } as McpMessage,
    }),
  });

async function world(names: typeof listed | "unreadable" = listed) {
  const lists = new ListChanges({
    visibility: { shows: (_evaluated, { name }, { revision }) => shown[revision]?.includes(name) === true },
    definitions: {
      names: async ({ kind }) => (names === "unreadable" ? Promise.reject(new Error("away")) : (names[kind] ?? [])),
      fact: async () => ({}) as never,
    },
    clock: new TestClock(),
  });
  await lists.judgedBy(null);
  await lists.judgedBy(policy("one"));
  const heard: Record<string, string[]> = {};
  const listen = (name: string, call: EvaluatedCall) => {
    const told: string[] = (heard[name] = []);
    return lists.opened(call, (event) => told.push(/"method":"notifications\/(\w+)\//.exec(event)?.[1] ?? event));
  };
  return { lists, heard, listen };
}

test("tells a session of the lists that change, and of nothing where they do not", async () => {
  const { lists, heard, listen } = await world();
  lists.declared(initialize, "s-1", { tools: listChanged, prompts: listChanged, resources: listChanged });
  listen("session", stream());
  await lists.judgedBy(policy("two"));
  expect(heard).toEqual({ session: [] });
  await lists.judgedBy(policy("fewer"));
  expect(heard).toEqual({ session: ["tools"] });
  await lists.judgedBy(policy("fewer"));
  expect(heard).toEqual({ session: ["tools"] });
  await lists.judgedBy(policy("templates"));
  expect(heard).toEqual({ session: ["tools", "tools", "resources"] });
});

test("tells only the sessions whose tool server tells of changes, on one of their streams, while that is open", async () => {
  const { lists, heard, listen } = await world();
  lists.declared(initialize, "s-1", { tools: listChanged, prompts: {} });
  lists.declared(initialize, "s-2", { tools: {}, resources: listChanged });
  lists.declared(initialize, null, { tools: listChanged });
  listen("first", stream());
  listen("second", stream());
  listen("without", stream("s-2"));
  listen("no session", stream(null));
  listen("of somebody else", stream("s-1", { subject: subject({ id: "other-bot" }) }));
  listen("another request", initialize);
  listen("ended", stream("s-3"))();
  await lists.judgedBy(policy("fewer"));
  expect(heard).toEqual({
    ...{ first: ["tools"], second: [], without: [], "no session": ["tools"] },
    ...{ "of somebody else": [], "another request": [], ended: [] },
  });
});

test("tells a listener of MCP 2026-07-28 of what it asked for and was granted, under the id of its request", async () => {
  const { lists, heard, listen } = await world();
  const [asking, waiting, other] = [{ toolsListChanged: true }, { toolsListChanged: true }, {}].map(listening);
  const events: string[] = [];
  lists.opened(asking as EvaluatedCall, (event) => events.push(event));
  listen("before its grant", waiting as EvaluatedCall);
  listen("asked for nothing", other as EvaluatedCall);
  for (const call of [asking, other])
    lists.granted(call as EvaluatedCall, { toolsListChanged: true, promptsListChanged: true });
  await lists.judgedBy(policy("fewer"));
  expect(heard).toEqual({ "before its grant": [], "asked for nothing": [] });
  expect(events.map((event) => JSON.parse(event.split("data: ")[1] ?? "") as unknown)).toEqual([
    {
      ...{ jsonrpc: "2.0", method: "notifications/tools/list_changed" },
      params: { _meta: { "io.modelcontextprotocol/subscriptionId": "l-1" } },
    },
  ]);
});

test("a list that cannot be compared counts as another one", async () => {
  const { lists, heard, listen } = await world("unreadable");
  lists.declared(initialize, "s-1", { prompts: listChanged });
  listen("session", stream());
  await lists.judgedBy(policy("two"));
  expect(heard).toEqual({ session: ["prompts"] });
});
