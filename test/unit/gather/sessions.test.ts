import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { EvaluatedCall } from "../../../gateway/domain/exchange.ts";
import type { Subject } from "../../../gateway/domain/subject.ts";
import type { ToolCall } from "../../../gateway/domain/tool-call.ts";
import { Connection } from "../../../gateway/store/connection.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { openCallState } from "../../support/test-definitions.ts";
import { describeSessionHistories } from "../../support/store-contracts/session-histories.ts";
import { sqliteStores } from "../../support/store-contracts/sqlite.ts";
import { testSessions } from "../../support/test-sessions.ts";
import { callTurn } from "../../../gateway/store/call-turn.ts";
import { sessionStore } from "../../../gateway/store/session-labels.ts";
import { decision, evaluated, facts, subject, TestClock, toolCall } from "../../support/builders.ts";

describeSessionHistories(
  sqliteStores((connection) => testSessions({ store: sessionStore(connection), read: callTurn(connection).read })),
);

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "sessions-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

const idleMs = 3_600_000;

function open(history = 50, capacity = 100, clock = new TestClock()) {
  const { sessions: store, read } = openCallState(new Connection(openDatabase(join(dir, "store.db"))));
  return testSessions({ store, read, history, capacity, idleMs, clock });
}

/** The call as it stands once its session fact is gathered. */
async function inSession(
  ledger: ReturnType<typeof open>,
  who: Subject,
  call: ToolCall,
  now = 1_000,
): Promise<EvaluatedCall> {
  return evaluated({ subject: who, call, facts: facts({ session: await ledger.fact(who, call, now) }) });
}

test("remembers labels of a session across a restart", async () => {
  const before = open();
  await before.label(await inSession(before, subject(), toolCall()), ["read:private"]);
  expect((await open().fact(subject(), toolCall(), 0)).labels).toEqual(["read:private"]);
});

test("forgets the calls of a session that was idle for longer than the configuration allows, and keeps its labels", async () => {
  const clock = new TestClock();
  const ledger = open(50, 100, clock);
  const call = await inSession(ledger, subject(), toolCall());
  ledger.observe(call, 1_000);
  await ledger.label(call, ["read:private"]);
  clock.advance(idleMs - 1);
  expect(await ledger.fact(subject(), toolCall(), 0)).toMatchObject({ calls: 1, labels: ["read:private"] });
  clock.advance(idleMs);
  expect(await ledger.fact(subject(), toolCall(), 0)).toMatchObject({
    calls: 0,
    history: [],
    labels: ["read:private"],
  });
});

test("does not let an agent launder its labels by naming another session, or none", async () => {
  const ledger = open();
  const self = subject({ session: null });
  await ledger.label(await inSession(ledger, self, toolCall({ declaredSession: "one" })), ["read:private"]);
  expect(await ledger.fact(self, toolCall({ declaredSession: "two" }), 0)).toMatchObject({
    id: "two",
    trust: "self",
    labels: ["read:private"],
  });
  expect(await ledger.fact(self, toolCall(), 0)).toMatchObject({ trust: "none", labels: ["read:private"] });
});

test("does not let an agent launder the labels of a token's session by using a token without one", async () => {
  const ledger = open();
  await ledger.label(await inSession(ledger, subject({ session: "s1" }), toolCall()), ["read:private"]);
  expect((await ledger.fact(subject({ session: null }), toolCall(), 0)).labels).toEqual(["read:private"]);
});

test("keeps sessions that tokens name apart, and the same id of two callers too", async () => {
  const ledger = open();
  await ledger.label(await inSession(ledger, subject({ session: "s1" }), toolCall()), ["read:private"]);
  expect((await ledger.fact(subject({ session: "s2" }), toolCall(), 0)).labels).toEqual([]);
  expect((await ledger.fact(subject({ session: "s1", id: "other-bot" }), toolCall(), 0)).labels).toEqual([]);
  expect(
    (await ledger.fact(subject({ session: "s1", issuer: "https://other.example" }), toolCall(), 0)).labels,
  ).toEqual([]);
});

test("cannot be made to share a session by an id that looks like another's key", async () => {
  const ledger = open();
  await ledger.label(await inSession(ledger, subject({ session: null, id: 'a","token","s' }), toolCall()), [
    "read:private",
  ]);
  expect((await ledger.fact(subject({ session: "s", id: "a" }), toolCall(), 0)).labels).toEqual([]);
});

test("is named by the token before MCP, by MCP before the caller, by the caller before its trace, and else by nobody", async () => {
  const ledger = open();
  const mcp = { kind: "request", transportSession: "t1" } as ReturnType<typeof toolCall>["mcp"];
  const all = { mcp, declaredSession: "o1", declaredTrace: "c1" };
  const named = async (session: string | null, call: Partial<ToolCall>) => {
    const { id, trust } = await ledger.fact(subject({ session }), toolCall(call), 0);
    return [id, trust];
  };
  expect(await named("s1", all)).toEqual(["s1", "token"]);
  expect(await named(null, all)).toEqual(["t1", "transport"]);
  expect(await named(null, { ...all, mcp: { ...mcp!, transportSession: null } })).toEqual(["o1", "self"]);
  expect(await named(null, { declaredTrace: "c1" })).toEqual(["c1", "trace"]);
  expect(await named(null, {})).toEqual(["principal:refund-bot", "none"]);
});

test("is the caller's own window for calls of a transport session, where these are no sessions", async () => {
  const { sessions: store, read } = openCallState(new Connection(openDatabase(join(dir, "store.db"))));
  const ledger = testSessions({ store, read, byTransport: false });
  const mcp = { kind: "request", transportSession: "t1" } as ReturnType<typeof toolCall>["mcp"];
  const who = subject({ session: null });
  expect(await ledger.fact(who, toolCall({ mcp }), 0)).toMatchObject({ id: "principal:refund-bot", trust: "none" });
  const chosen = toolCall({ mcp, declaredSession: "o1" });
  expect(await ledger.fact(who, chosen, 0)).toMatchObject({ id: "o1", trust: "self" });
});

test("is the caller's own window for calls of a trace, where traces are no sessions", async () => {
  const { sessions: store, read } = openCallState(new Connection(openDatabase(join(dir, "store.db"))));
  const ledger = testSessions({ store, read, byTransport: false, byTrace: false });
  const who = subject({ session: null });
  const traced = await ledger.fact(who, toolCall({ declaredTrace: "c1" }), 0);
  expect(traced).toMatchObject({ id: "principal:refund-bot", trust: "none" });
});

test.each(["declaredSession", "declaredTrace"] as const)(
  "taints the caller by labels of a session that it names by %s, and writes them once",
  async (by) => {
    const { sessions: store, read } = openCallState(new Connection(openDatabase(join(dir, "store.db"))));
    const written: (readonly string[])[] = [];
    const ledger = testSessions({
      store: { ...store, addLabels: (added) => (written.push(added.map(({ key }) => key)), store.addLabels(added)) },
      read,
    });
    const self = subject({ session: null });
    for (const name of ["one", "two", "three"])
      await ledger.label(await inSession(ledger, self, toolCall({ [by]: name })), ["read:private"]);
    expect((await ledger.fact(self, toolCall(), 0)).labels).toEqual(["read:private"]);
    expect(written).toEqual([['["https://idp.example","refund-bot"]']]);
  },
);

test("has the labels that another gateway on the same store gave, from the next turn on", async () => {
  const [here, there] = [open(), open()];
  expect((await here.fact(subject(), toolCall(), 0)).labels).toEqual([]);
  await there.label(await inSession(there, subject(), toolCall()), ["read:private"]);
  await nextTurn();
  expect((await here.fact(subject(), toolCall(), 0)).labels).toEqual(["read:private"]);
});

test("keeps the newest calls of the history with their effects and ages, and the count of all", async () => {
  const ledger = open(2);
  const labelled = decision({ obligations: [{ type: "label_session", labels: ["read:private"] }] });
  for (const [at, name] of [
    [1_000, "one"],
    [2_000, "two"],
    [5_000, "three"],
  ] as const) {
    const call = toolCall({ name });
    ledger.observe(
      {
        ...(await inSession(ledger, subject(), call, at)),
        decision: name === "three" ? labelled : decision({ effect: "deny" }),
      },
      at,
    );
  }
  expect(await ledger.fact(subject(), toolCall(), 8_000)).toMatchObject({
    calls: 3,
    history: [
      { tool: "payments/two", effect: "deny", labels: [], destinations: [], outcome: null, ago: 6 },
      { tool: "payments/three", effect: "allow", labels: ["read:private"], destinations: [], outcome: null, ago: 3 },
    ],
  });
});

test("says of a call in the history what came of it, and which labels its answer gave", async () => {
  const ledger = open();
  const call = await inSession(ledger, subject(), toolCall());
  const observed = ledger.observe(call, 1_000);
  expect((await ledger.fact(subject(), toolCall(), 2_000)).history).toMatchObject([{ outcome: null, labels: [] }]);
  await observed.ended("withheld");
  await ledger.label(call, ["result:unread"]);
  expect((await ledger.fact(subject(), toolCall(), 2_000)).history).toMatchObject([
    { outcome: "withheld", labels: ["result:unread"] },
  ]);
});

test("keeps the history of a fact as it stood, although it is read later", async () => {
  const ledger = open(2);
  for (const name of ["one", "two"]) ledger.observe(await inSession(ledger, subject(), toolCall({ name })), 1_000);
  const before = await ledger.fact(subject(), toolCall(), 2_000);
  ledger.observe(await inSession(ledger, subject(), toolCall({ name: "three" })), 2_000);
  expect(before.history.map(({ tool }) => tool)).toEqual(["payments/two"]);
  expect((await ledger.fact(subject(), toolCall(), 2_000)).history.map(({ tool }) => tool)).toEqual([
    "payments/two",
    "payments/three",
  ]);
});

test("forgets the histories of old sessions when there are too many, but never their labels", async () => {
  const ledger = open(50, 10);
  await ledger.label(await inSession(ledger, subject({ session: "first" }), toolCall()), ["read:private"]);
  for (let n = 0; n < 50; n++) ledger.observe(await inSession(ledger, subject({ session: `s${n}` }), toolCall()), n);
  expect((await ledger.fact(subject({ session: "first" }), toolCall(), 0)).labels).toEqual(["read:private"]);
});

test("keeps what a session did while its own caller, and another one, name a thousand sessions more", async () => {
  const ledger = open(50, 100);
  const run = subject({ session: "run" });
  ledger.observe(await inSession(ledger, run, toolCall()), 1_000);
  const stranger = subject({ session: null, id: "stranger" });
  for (let n = 0; n < 1_000; n++) {
    for (const who of [subject({ session: null }), stranger])
      ledger.observe(await inSession(ledger, who, toolCall({ declaredSession: `s${n}` })), 2_000 + n);
    ledger.observe(await inSession(ledger, subject({ session: `t${n}`, id: "stranger" }), toolCall()), 2_000 + n);
  }
  const { calls, history } = await ledger.fact(run, toolCall(), 9_000);
  expect([calls, history.length]).toEqual([1, 1]);
});

describe("calls of one session at the same time", () => {
  /** A store that answers at once, and whose answers wait until they are let go. */
  function slow(capacity = 100) {
    const { sessions: store, read } = openCallState(new Connection(openDatabase(join(dir, "store.db"))));
    const waiting: (() => void)[] = [];
    const ledger = testSessions({
      store,
      capacity,
      idleMs,
      read: async (question) => {
        const found = await read(question);
        await new Promise<void>((resolve) => waiting.push(resolve));
        return found;
      },
    });
    async function letGo(): Promise<void> {
      while (waiting.length === 0) await nextTurn();
      waiting.shift()?.();
    }
    return { ledger, letGo };
  }

  test("share one session although both read its labels, and lose no call and no label", async () => {
    const before = open();
    await before.label(await inSession(before, subject(), toolCall()), ["read:private"]);
    const { ledger, letGo } = slow();
    const [one, other] = [1, 2].map(() => inSession(ledger, subject(), toolCall()));
    await letGo();
    const first = await one!;
    ledger.observe(first, 1_000);
    const labelled = ledger.label(first, ["write:public"]);
    // The principal's labels are not known yet, and nobody waits for them to add one.
    await labelled;
    await letGo();
    ledger.observe(await other!, 2_000);
    const fact = await ledger.fact(subject(), toolCall(), 3_000);
    expect(fact).toMatchObject({ calls: 2, labels: ["read:private", "write:public"] });
    expect(fact.history).toHaveLength(2);
  });

  test("lose no label that was added while memory forgot the session and read it again", async () => {
    const { ledger, letGo } = slow(1);
    const first = inSession(ledger, subject({ session: "first" }), toolCall());
    await letGo();
    const call = await first;
    const labelled = ledger.label(call, ["read:private"]);
    const other = ledger.fact(subject({ session: "other" }), toolCall(), 1_000);
    const again = ledger.fact(subject({ session: "first" }), toolCall(), 1_000);
    await Promise.all([labelled, letGo(), letGo()]);
    await Promise.all([other, again]);
    const fact = ledger.fact(subject({ session: "first" }), toolCall(), 2_000);
    const settled = await Promise.race([fact, letGo().then(() => fact)]);
    expect(settled.labels).toEqual(["read:private"]);
  });
});

test("asks the store nothing about sessions that memory knows", async () => {
  const { sessions: store, read } = openCallState(new Connection(openDatabase(join(dir, "store.db"))));
  let asked = 0;
  const ledger = testSessions({ store, read: (question) => ((asked += 1), read(question)) });
  const who = subject({ session: null });
  for (let n = 0; n < 3; n++) await ledger.fact(who, toolCall({ declaredSession: "one" }), n);
  // Those of its principal, once: a session that it names itself has no others.
  expect(asked).toBe(1);
});
