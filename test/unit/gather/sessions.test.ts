import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EvaluatedCall } from "../../../gateway/domain/exchange.ts";
import type { Subject } from "../../../gateway/domain/subject.ts";
import type { ToolCall } from "../../../gateway/domain/tool-call.ts";
import { sessionLedger } from "../../../gateway/gather/sessions.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { sessionStore } from "../../../gateway/store/definitions-and-sessions.ts";
import { decision, evaluated, facts, subject, TestClock, toolCall } from "../../support/builders.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "sessions-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

const idleMs = 3_600_000;

const open = (history = 50, capacity = 100, clock = new TestClock()) =>
  sessionLedger({
    store: sessionStore(openDatabase(join(dir, "store.db"))),
    history,
    capacity,
    idleMs,
    clock,
  });

/** The call as it stands once its session fact is gathered. */
function inSession(ledger: ReturnType<typeof open>, who: Subject, call: ToolCall, now = 1_000): EvaluatedCall {
  return evaluated({ subject: who, call, facts: facts({ session: ledger.fact(who, call, now) }) });
}

test("remembers labels of a session across a restart", () => {
  const before = open();
  before.label(inSession(before, subject(), toolCall()), ["read:private"]);
  expect(open().fact(subject(), toolCall(), 0).labels).toEqual(["read:private"]);
});

test("forgets the calls of a session that was idle for longer than the configuration allows, and keeps its labels", () => {
  const clock = new TestClock();
  const ledger = open(50, 100, clock);
  const call = inSession(ledger, subject(), toolCall());
  ledger.observe(call, 1_000);
  ledger.label(call, ["read:private"]);
  clock.advance(idleMs - 1);
  expect(ledger.fact(subject(), toolCall(), 0)).toMatchObject({ calls: 1, labels: ["read:private"] });
  clock.advance(idleMs);
  expect(ledger.fact(subject(), toolCall(), 0)).toMatchObject({ calls: 0, history: [], labels: ["read:private"] });
});

test("does not let an agent launder its labels by naming another session, or none", () => {
  const ledger = open();
  const self = subject({ session: null });
  ledger.label(inSession(ledger, self, toolCall({ declaredSession: "one" })), ["read:private"]);
  expect(ledger.fact(self, toolCall({ declaredSession: "two" }), 0)).toMatchObject({
    id: "two",
    trust: "self",
    labels: ["read:private"],
  });
  expect(ledger.fact(self, toolCall(), 0)).toMatchObject({ trust: "none", labels: ["read:private"] });
});

test("does not let an agent launder the labels of a token's session by using a token without one", () => {
  const ledger = open();
  ledger.label(inSession(ledger, subject({ session: "s1" }), toolCall()), ["read:private"]);
  expect(ledger.fact(subject({ session: null }), toolCall(), 0).labels).toEqual(["read:private"]);
});

test("keeps sessions that tokens name apart, and the same id of two callers too", () => {
  const ledger = open();
  ledger.label(inSession(ledger, subject({ session: "s1" }), toolCall()), ["read:private"]);
  expect(ledger.fact(subject({ session: "s2" }), toolCall(), 0).labels).toEqual([]);
  expect(ledger.fact(subject({ session: "s1", id: "other-bot" }), toolCall(), 0).labels).toEqual([]);
  expect(ledger.fact(subject({ session: "s1", issuer: "https://other.example" }), toolCall(), 0).labels).toEqual([]);
});

test("cannot be made to share a session by an id that looks like another's key", () => {
  const ledger = open();
  ledger.label(inSession(ledger, subject({ session: null, id: 'a","token","s' }), toolCall()), ["read:private"]);
  expect(ledger.fact(subject({ session: "s", id: "a" }), toolCall(), 0).labels).toEqual([]);
});

test("keeps the newest calls of the history with their effects and ages, and the count of all", () => {
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
        ...inSession(ledger, subject(), call, at),
        decision: name === "three" ? labelled : decision({ effect: "deny" }),
      },
      at,
    );
  }
  expect(ledger.fact(subject(), toolCall(), 8_000)).toMatchObject({
    calls: 3,
    history: [
      { tool: "payments/two", effect: "deny", labels: [], ago: 6 },
      { tool: "payments/three", effect: "allow", labels: ["read:private"], ago: 3 },
    ],
  });
});

test("keeps the history of a fact as it stood, although it is read later", () => {
  const ledger = open(2);
  for (const name of ["one", "two"]) ledger.observe(inSession(ledger, subject(), toolCall({ name })), 1_000);
  const before = ledger.fact(subject(), toolCall(), 2_000);
  ledger.observe(inSession(ledger, subject(), toolCall({ name: "three" })), 2_000);
  expect(before.history.map(({ tool }) => tool)).toEqual(["payments/two"]);
  expect(ledger.fact(subject(), toolCall(), 2_000).history.map(({ tool }) => tool)).toEqual([
    "payments/two",
    "payments/three",
  ]);
});

test("forgets the histories of old sessions when there are too many, but never their labels", () => {
  const ledger = open(50, 10);
  ledger.label(inSession(ledger, subject({ session: "first" }), toolCall()), ["read:private"]);
  for (let n = 0; n < 50; n++) ledger.observe(inSession(ledger, subject({ session: `s${n}` }), toolCall()), n);
  expect(ledger.fact(subject({ session: "first" }), toolCall(), 0).labels).toEqual(["read:private"]);
});

test("keeps what a session did while its own caller, and another one, name a thousand sessions more", () => {
  const ledger = open(50, 100);
  const run = subject({ session: "run" });
  ledger.observe(inSession(ledger, run, toolCall()), 1_000);
  const stranger = subject({ session: null, id: "stranger" });
  for (let n = 0; n < 1_000; n++) {
    for (const who of [subject({ session: null }), stranger])
      ledger.observe(inSession(ledger, who, toolCall({ declaredSession: `s${n}` })), 2_000 + n);
    ledger.observe(inSession(ledger, subject({ session: `t${n}`, id: "stranger" }), toolCall()), 2_000 + n);
  }
  const { calls, history } = ledger.fact(run, toolCall(), 9_000);
  expect([calls, history.length]).toEqual([1, 1]);
});
