import { TransportSessions } from "../../../gateway/gather/transport-sessions.ts";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Exchange } from "../../../gateway/domain/exchange.ts";
import { noProvenance } from "../../../gateway/domain/provenance.ts";
import type { CallQuestion, Holds, ProvenanceQuestion } from "../../../gateway/domain/ports.ts";
import { callerKey, type Subject } from "../../../gateway/domain/subject.ts";
import type { ToolCall } from "../../../gateway/domain/tool-call.ts";
import { saidTaskText } from "../../../gateway/domain/task-text.ts";
import { callFacts, type CallFactsDeps } from "../../../gateway/gather/gather.ts";
import { definitionLedger } from "../../../gateway/gather/definitions.ts";
import { batched } from "../../../gateway/lib/event-loop.ts";
import { callStateStore, liveCallers, liveness } from "../../../gateway/store/call-state.ts";
import { Connection } from "../../../gateway/store/connection.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import {
  activePolicy,
  catalogFact,
  noLeases,
  noLedger,
  noRiskLedger,
  noTaskTexts,
  route,
  subject,
  TestClock,
  toolCall,
} from "../../support/builders.ts";
import { quiet } from "../../support/quiet.ts";
import { openCallState } from "../../support/test-definitions.ts";
import { testSessions } from "../../support/test-sessions.ts";

const mcpCall = toolCall({ route: route({ protocol: "mcp" }) });
const exchange = { resumed: null } as Exchange;

function gathering(changes: Partial<CallFactsDeps> = {}) {
  const connection = new Connection(openDatabase(":memory:"));
  const clock = new TestClock();
  const live = liveness(connection);
  const { definitions, sessions: store } = openCallState(connection, live);
  const loads: (readonly CallQuestion[])[] = [];
  const read = batched((questions: readonly CallQuestion[]) => {
    loads.push(questions);
    return callStateStore(connection, live).read(questions);
  });
  const gather = callFacts({
    sessions: testSessions({ store, read, clock }),
    leases: noLeases,
    provenance: noLedger,
    risk: noRiskLedger,
    taskTexts: noTaskTexts,
    taskTextRules: { clients: new Set(["chat-app"]), issuers: new Set([subject().issuer]) },
    definitions: definitionLedger({ store: definitions, read, clock, logger: quiet, onPending: () => undefined }),
    revocations: { against: () => null, refresh: () => null },
    holds: { forCall: () => Promise.resolve(null) } as unknown as Holds,
    anyLive: liveCallers(live, read),
    kept: { has: () => false },
    transportSessions: new TransportSessions(clock),
    find: () => [],
    activePolicy: () => activePolicy(),
    clock,
    instance: "gw-1",
    environment: "test",
    ...changes,
  });
  const facts = async (...[exchange, call, who]: readonly [Exchange, ToolCall, Subject]) =>
    (await gather(exchange, call, who, null)).facts;
  return { facts, loads, connection };
}

test("what calls of one turn need of the store is read at once, and what memory knows not at all", async () => {
  const { facts, loads, connection } = gathering();
  const { definitions } = openCallState(connection);
  const seen = [{ digest: "d1", definition: { name: mcpCall.name } }];
  await definitions.observed([{ server: mcpCall.route.server, kind: "tool", name: mcpCall.name, day: 1, seen }]);
  // The write is seen in the next turn.
  await nextTurn();
  const who = subject({ session: null });
  const both = await Promise.all([facts(exchange, mcpCall, who), facts(exchange, mcpCall, subject())]);
  expect(both.map(({ definition }) => definition.digest)).toEqual(["d1", "d1"]);
  // Twice the labels, the definition and whether people have answered anything.
  expect(loads.map((questions) => questions.length)).toEqual([6]);
});

test("a prompt, and a message to the server, do not have the definition of a tool of the same name", async () => {
  const { facts, connection } = gathering({
    activePolicy: () => activePolicy({ catalog: (_server, name, kind) => catalogFact({ owner: `${kind} ${name}` }) }),
  });
  const { definitions } = openCallState(connection);
  const names = { server: mcpCall.route.server, name: mcpCall.name, day: 1 };
  const seen = (digest: string) => [{ digest, definition: { name: mcpCall.name, title: digest } }];
  await definitions.observed([
    { ...names, kind: "tool", seen: seen("d1") },
    { ...names, kind: "prompt", seen: [...seen("d2"), ...seen("d3")] },
    { ...names, kind: "resource_template", name: "crm://{id}", seen: seen("d4") },
    { ...names, kind: "resource_template", name: "crm://a{id}", seen: [...seen("d5"), ...seen("d6")] },
  ]);
  const found = async (resourceType: ToolCall["resourceType"], name = mcpCall.name) => {
    const { definition, catalog } = await facts(exchange, { ...mcpCall, resourceType, name }, subject());
    const { kind, changed, digest } = definition;
    return [kind, definition.name, changed, digest, catalog.owner];
  };
  expect(await found("tool")).toEqual(["tool", mcpCall.name, false, "d1", `tool ${mcpCall.name}`]);
  expect(await found("prompt")).toEqual(["prompt", mcpCall.name, true, "d3", `prompt ${mcpCall.name}`]);
  expect(await found("prompt", "other")).toEqual(["prompt", null, false, null, "prompt other"]);
  expect((await found("server")).slice(0, 4)).toEqual([null, null, false, null]);
  const template = ["resource_template", "crm://{id}", false, "d4", "resource_template crm://{id}"];
  expect(await found("resource", "crm://b7")).toEqual(template);
  // Both templates could give it: one of them has changed.
  const both = ["resource_template", null, true, expect.stringMatching(/^sha256:/), "resource_template crm://a7"];
  expect(await found("resource", "crm://a7")).toEqual(both);
});

test("a call whose session and tool are known awaits nothing of the store", async () => {
  const { facts, loads } = gathering();
  const http = toolCall();
  await facts(exchange, http, subject());
  let turns = 0;
  const counting = setImmediate(function count() {
    turns += 1;
  });
  await facts(exchange, http, subject());
  clearImmediate(counting);
  expect([loads.length, turns]).toEqual([1, 0]);
});

test("a store that cannot be read fails the call, and leaves no failure that nobody handles", async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  process.on("unhandledRejection", note);
  const no = () => Promise.reject(new Error("no store"));
  const later = () => nextTurn().then(no);
  const { facts } = gathering({
    revocations: { against: () => null, refresh: no },
    definitions: { fact: later, mirrored: no, outputSchema: no, observe: no, names: no, keep: no },
  });
  await expect(facts(exchange, mcpCall, subject())).rejects.toThrow("no store");
  for (let turn = 0; turn < 3; turn++) await nextTurn();
  process.off("unhandledRejection", note);
  expect(unhandled).toEqual([]);
});

test("the purpose of the token goes before what the caller says, and each says whether it was cut", async () => {
  const { facts } = gathering();
  const said = toolCall({ declaredIntent: { text: "help", truncated: true } });
  const purpose = { text: "refunds", truncated: true };
  const intents = [
    await facts(exchange, said, subject({ purpose })),
    await facts(exchange, toolCall(), subject({ purpose })),
    await facts(exchange, said, subject({ purpose: null })),
    await facts(exchange, toolCall(), subject({ purpose: null })),
  ].map(({ intent }) => intent);
  expect(intents).toEqual([
    { purpose: "refunds", declared_by: "token", truncated: true },
    { purpose: "refunds", declared_by: "token", truncated: true },
    { purpose: "help", declared_by: "header", truncated: true },
    { purpose: null, declared_by: "none", truncated: false },
  ]);
  // Made once per token, so that its text is written once.
  expect(intents[1]).toBe(intents[0]);
});

describe("a call that adds to the text of its task", () => {
  const said = saidTaskText("Pay ann@shop.example");
  const adding = { resumed: null, taskText: said } as unknown as Exchange;
  const readsIt = () => activePolicy({ readsProvenance: true });

  function asking(changes: Partial<CallFactsDeps> = {}) {
    const questions: ProvenanceQuestion[] = [];
    const trace = async (question: ProvenanceQuestion) => {
      questions.push(question);
      return noProvenance;
    };
    return { questions, ...gathering({ provenance: { load: () => null, trace }, activePolicy: readsIt, ...changes }) };
  }

  test.each<[string, Partial<Subject>, Partial<CallFactsDeps>, string]>([
    ["whose client is not listed", { clientId: "refund-bot" }, {}, "task_text_client"],
    ["whose token names no client", { clientId: null }, {}, "task_text_client"],
    ["of another issuer's client of that name", { issuer: "https://other.example" }, {}, "task_text_client"],
    [
      "where no client is listed",
      { clientId: "chat-app" },
      { taskTextRules: { clients: new Set(), issuers: new Set() } },
      "task_text_off",
    ],
  ])("is refused from a caller %s", async (_what, who, changes, code) => {
    const { facts, questions } = asking(changes);
    await expect(facts(adding, mcpCall, subject(who))).rejects.toMatchObject({ code });
    expect(questions).toEqual([]);
  });

  it("is judged with it, after the token's own text and what was added before", async () => {
    const [token, earlier] = ["Book a room", "By train"].map((text) => ({ text, truncated: false }));
    const keys: string[] = [];
    const of = (key: string) => {
      keys.push(key);
      return earlier === undefined ? [] : [earlier];
    };
    const { facts, questions } = asking({ taskTexts: { of } });
    await facts(adding, mcpCall, subject({ clientId: "chat-app", taskText: token ?? null }));
    await facts(adding, mcpCall, subject({ clientId: "chat-app", session: null }));
    await facts(exchange, mcpCall, subject());
    expect(questions.map(({ taskTexts }) => taskTexts.map(({ text }) => text))).toEqual([
      ["Book a room", "By train", "Pay ann@shop.example"],
      ["By train", "Pay ann@shop.example"],
      ["By train"],
    ]);
    // The very objects: what is made of a text is kept by them.
    expect(questions[0]?.taskTexts[0]).toBe(token);
    expect(questions[2]?.taskTexts[0]).toBe(earlier);
    // A session of a token by its issuer and id, any other by its caller.
    expect(keys).toEqual([
      '["token","https://idp.example","s1"]',
      '["https://idp.example","refund-bot"]',
      '["token","https://idp.example","s1"]',
    ]);
  });

  it("costs nothing under a policy that reads no provenance", async () => {
    const of = () => {
      throw new Error("asked");
    };
    const { facts, questions } = asking({ taskTexts: { of }, activePolicy: () => activePolicy() });
    await facts(adding, mcpCall, subject({ clientId: "chat-app" }));
    expect(questions).toEqual([]);
  });
});

describe("a call that must not be judged", () => {
  const mcpOn = (task: "required" | "off") => toolCall({ route: route({ protocol: "mcp", task }) });
  const leased = subject({ task: { id: "lse_1" } as never });
  /** Ends that are known only once they are read. */
  function ended(kind: "principal" | "gateway") {
    let read = false;
    return {
      async refresh() {
        read = true;
      },
      against: () => (read ? ({ kind, reason: "lost laptop" } as never) : null),
    };
  }

  test.each<[string, Partial<CallFactsDeps>, ToolCall, Subject]>([
    ["access_revoked", { revocations: ended("principal") }, mcpCall, subject()],
    ["gateway_stopped", { revocations: ended("gateway") }, mcpCall, subject()],
    ["policy_not_loaded", { activePolicy: () => null }, mcpCall, subject()],
    ["task_required", {}, mcpOn("required"), subject()],
    ["task_refused", {}, mcpOn("off"), leased],
    ["mcp_state_refused", {}, { ...mcpCall, stateOf: callerKey(subject({ id: "other-bot" })) }, subject()],
  ])("is refused with %s", async (code, changes, call, who) => {
    await expect(gathering(changes).facts(exchange, call, who)).rejects.toMatchObject({ code });
  });

  it("is none that has its own state, and keeps the rule about tasks", async () => {
    const own = { ...mcpOn("required"), stateOf: callerKey(leased) };
    const leases = { ...noLeases, of: () => null as never };
    await expect(gathering({ leases }).facts(exchange, own, leased)).resolves.toBeDefined();
  });
});

test.each<[string, ToolCall, Exchange, number]>([
  ["for a call of its own", mcpCall, exchange, 1],
  ["not for what a tool server asks", { ...mcpCall, serverRequest: {} as never }, exchange, 0],
  ["not for a call that people have just answered", mcpCall, { resumed: "apr_1" } as Exchange, 0],
])("whether people have answered anything of a caller is looked up %s", async (_when, call, on, times) => {
  let asked = 0;
  const anyLive = () => (asked += 1) < 0;
  const holds = { get: async () => null, forCall: async () => null } as unknown as Holds;
  await gathering({ anyLive, holds }).facts(on, call, subject());
  expect(asked).toBe(times);
});

test("what came of a used approval answers the call again, but for a task, which waits for that ending", async () => {
  const used = { id: "apr_1", state: "delivered" };
  const holds = { get: async () => used, sameRequest: () => true, sameCall: () => true } as unknown as Holds;
  const { facts } = gathering({ holds, kept: { has: (id) => id === "apr_1" } });
  const resumed = { resumed: "apr_1" } as Exchange;
  expect((await facts(resumed, mcpCall, subject())).repeats).toBe("apr_1");
  const ofTask = facts({ ...resumed, task: "t1" }, mcpCall, subject());
  await expect(ofTask).rejects.toMatchObject({ code: "approval_consumed" });
});
