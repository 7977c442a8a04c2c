import { setImmediate as nextTurn } from "node:timers/promises";
import { ListChanges } from "../../../../gateway/act/results/list-changes.ts";
import type { DefinitionKind } from "../../../../gateway/domain/definition-kinds.ts";
import type { EvaluatedCall } from "../../../../gateway/domain/exchange.ts";
import type { ActivePolicy } from "../../../../gateway/domain/ports.ts";
import type { ChangingListName, McpMessage } from "../../../../gateway/domain/tool-call.ts";
import type { JsonObject } from "../../../../gateway/lib/json.ts";
import { evaluated, subject, TestClock, toolCall } from "../../../support/builders.ts";

/** What each policy shows, by its revision. */
const shown: Readonly<Record<string, readonly string[]>> = {
  one: ["a", "b", "p", "r"],
  two: ["a", "b", "p", "r"],
  fewer: ["a", "p", "r"],
  templates: ["a", "b", "p", "r", "t"],
};
const policy = (revision: string) => ({ revision }) as ActivePolicy;
const listed: Partial<Record<DefinitionKind, readonly string[]>> = {
  tool: ["a", "b"],
  prompt: ["p"],
  resource: ["r"],
  resource_template: ["t"],
};

type Announced = readonly ChangingListName[];
const everything: Announced = ["tools", "prompts", "resources"];
const session = (kind: McpMessage["kind"], transportSession: string | null, announced: Announced = []) => ({
  era: "legacy",
  version: "2025-11-25",
  kind,
  id: kind === "stream" ? null : 1,
  transportSession,
  ...(transportSession !== null && { sealed: { id: "sealed", owner: "own", announced } }),
});
const initialize = evaluated({ call: toolCall({ action: "initialize", mcp: session("request", null) as McpMessage }) });
const stream = (of: string | null, announced: Announced, more: Partial<EvaluatedCall> = {}) => ({
  ...evaluated({ call: toolCall({ action: "transport/stream", mcp: session("stream", of, announced) as McpMessage }) }),
  ...more,
});
const listening = (notifications: JsonObject) =>
  evaluated({
    call: toolCall({
      action: "subscriptions/listen",
      arguments: { notifications },
      mcp: { era: "modern", version: "2026-07-28", kind: "request", id: "l-1" } as McpMessage,
    }),
  });

async function world(
  names: typeof listed | "unreadable" = listed,
  { asked = () => undefined, clock = new TestClock() }: { asked?: (of: string) => unknown; clock?: TestClock } = {},
) {
  const warned: unknown[] = [];
  const lists = new ListChanges({
    visibility: {
      shows: (_evaluated, { name }, { revision }) => {
        asked(revision);
        return shown[revision]?.includes(name) === true;
      },
    },
    definitions: {
      names: async ({ kind }) => {
        asked(`names of ${kind}`);
        return names === "unreadable" ? Promise.reject(new Error("away")) : (names[kind] ?? []);
      },
      fact: async ({ name }) => void asked(`fact of ${name}`) as never,
    },
    clock,
    logger: { warn: (message, fields) => warned.push([message, fields?.["error"]]) },
  });
  await lists.judgedBy(null);
  await lists.judgedBy(policy("one"));
  const heard: Record<string, string[]> = {};
  const listen = (name: string, call: EvaluatedCall) => {
    const told: string[] = (heard[name] = []);
    return lists.opened(call, (event) => told.push(/"method":"notifications\/(\w+)\//.exec(event)?.[1] ?? event));
  };
  return { lists, heard, listen, warned };
}

test("tells a session of the lists that change, and of nothing where they do not", async () => {
  const { lists, heard, listen } = await world();
  listen("session", stream("s-1", everything));
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
  lists.announced(initialize, null, ["tools"]);
  listen("first", stream("s-1", ["tools"]));
  listen("second", stream("s-1", ["tools"]));
  listen("without", stream("s-2", ["resources"]));
  listen("no session", stream(null, []));
  listen("no session of somebody else", stream(null, [], { subject: subject({ id: "other-bot" }) }));
  listen("another request", initialize);
  listen("ended", stream("s-3", everything))();
  await lists.judgedBy(policy("fewer"));
  expect(heard).toEqual({
    first: ["tools"],
    second: [],
    without: [],
    "no session": ["tools"],
    "no session of somebody else": [],
    "another request": [],
    ended: [],
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
      jsonrpc: "2.0",
      method: "notifications/tools/list_changed",
      params: { _meta: { "io.modelcontextprotocol/subscriptionId": "l-1" } },
    },
  ]);
});

test("what a tool server without sessions has announced last is what counts", async () => {
  const { lists, heard, listen } = await world();
  lists.announced(initialize, null, ["tools"]);
  lists.announced(initialize, null, ["prompts"]);
  listen("no session", stream(null, []));
  await lists.judgedBy(policy("fewer"));
  expect(heard).toEqual({ "no session": [] });
  lists.announced(initialize, null, ["tools"]);
  lists.announced(initialize, null, []);
  await lists.judgedBy(policy("one"));
  expect(heard).toEqual({ "no session": [] });
});

test("what was announced after the id of a session was given out counts for that session of that caller", async () => {
  const { lists, heard, listen } = await world();
  lists.announced(initialize, "s-1", ["tools"]);
  listen("session", stream("s-1", []));
  listen("of somebody else", stream("s-1", [], { subject: subject({ id: "other-bot" }) }));
  listen("another session", stream("s-2", []));
  listen("no session", stream(null, []));
  await lists.judgedBy(policy("fewer"));
  expect(heard).toEqual({ session: ["tools"], "of somebody else": [], "another session": [], "no session": [] });
});

test("a session of which nothing is announced takes the place of none of which something is", async () => {
  const { lists, heard, listen } = await world();
  lists.announced(initialize, "s-1", ["tools"]);
  // More than one caller may have.
  for (let at = 0; at <= 1_000; at += 1) lists.announced(initialize, `empty-${at}`, []);
  listen("session", stream("s-1", []));
  await lists.judgedBy(policy("fewer"));
  expect(heard).toEqual({ session: ["tools"] });
});

test("a list that cannot be compared counts as another one", async () => {
  const { lists, heard, listen } = await world("unreadable");
  listen("session", stream("s-1", ["prompts"]));
  await lists.judgedBy(policy("two"));
  expect(heard).toEqual({ session: ["prompts"] });
});

test("of the policies that come while lists are compared, the newest alone is compared, after that", async () => {
  const seen: string[] = [];
  const { lists, heard, listen } = await world(listed, { asked: (of) => seen.push(of) });
  listen("session", stream("s-1", ["tools"]));
  await Promise.all(["two", "fewer", "two", "fewer", "templates"].map((one) => lists.judgedBy(policy(one))));
  expect(seen.filter((of) => of in shown)).toEqual([
    "one",
    "two",
    "one",
    "two",
    "two",
    "templates",
    "two",
    "templates",
  ]);
  expect(heard).toEqual({ session: [] });
  await lists.judgedBy(policy("fewer"));
  expect(heard).toEqual({ session: ["tools"] });
});

test("reads the definitions of a server once for all that listen, and anew for the next policy", async () => {
  const seen: string[] = [];
  const { lists, listen } = await world(listed, { asked: (of) => seen.push(of) });
  for (const id of ["s-1", "s-2", "s-3"]) listen(id, stream(id, ["tools"]));
  const read = () => seen.splice(0).filter((of) => !(of in shown));
  await lists.judgedBy(policy("two"));
  expect(read()).toEqual(["names of tool", "fact of a", "fact of b"]);
  await lists.judgedBy(policy("fewer"));
  expect(read()).toEqual(["names of tool", "fact of a", "fact of b"]);
});

test("others have 4 ms after each 2 ms in which definitions are compared", async () => {
  const clock = new TestClock();
  let turns = 0;
  let inTurn = 0;
  const most: number[] = [];
  const { lists, listen } = await world(listed, {
    asked: (of) => of in shown && (clock.advance(1), (inTurn += 1)),
    clock,
  });
  listen("session", stream("s-1", everything));
  const from = performance.now();
  const told = lists.judgedBy(policy("two"));
  let isOver = false;
  void told.then(() => (isOver = true));
  while (!isOver) {
    await nextTurn();
    turns += 1;
    most.push(inTurn);
    inTurn = 0;
  }
  expect(Math.max(...most)).toBe(2);
  expect(turns).toBeGreaterThanOrEqual(5);
  // Four items by two policies, and the first pause; timers may be a millisecond early.
  expect(performance.now() - from).toBeGreaterThanOrEqual(4 * 3);
});

test("a stream that cannot be written on costs nobody else a notification, of this edit or the next", async () => {
  const { lists, heard, listen, warned } = await world();
  lists.opened(stream("s-1", ["tools"]), () => {
    throw new Error("written after its end");
  });
  listen("other stream of the session", stream("s-1", ["tools"]));
  listen("other session", stream("s-2", ["tools"]));
  await lists.judgedBy(policy("fewer"));
  expect(heard).toEqual({ "other stream of the session": ["tools"], "other session": ["tools"] });
  await lists.judgedBy(policy("two"));
  expect(heard["other session"]).toEqual(["tools", "tools"]);
  const warning = [
    "a caller that listens could not be told that its lists have changed",
    "Error: written after its end",
  ];
  expect(warned).toEqual([warning, warning]);
});
