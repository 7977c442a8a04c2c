import type { Subject } from "../../../gateway/domain/subject.ts";
import { Connection } from "../../../gateway/store/connection.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { decision, evaluated, facts, subject, TestClock, toolCall } from "../../support/builders.ts";
import { openCallState } from "../../support/test-definitions.ts";
import { testSessions } from "../../support/test-sessions.ts";

const hour = 3_600_000;

/** Ledgers on one store, as of a gateway before and after its restart. */
function gateways() {
  const connection = new Connection(openDatabase(":memory:"));
  const { sessions: store, read } = openCallState(connection);
  const clock = new TestClock();
  const start = () => testSessions({ store, read, clock, capacity: 1_000, idleMs: 12 * hour });
  return { clock, start };
}

type Ledger = ReturnType<ReturnType<typeof gateways>["start"]>;

async function act(ledger: Ledger, clock: TestClock, who: Subject, labels: readonly string[] = [], own?: string) {
  const call = toolCall({ declaredSession: own ?? null });
  const session = await ledger.fact(who, call, clock.now());
  const made = evaluated({ subject: who, call, facts: facts({ session }), decision: decision() });
  const observed = ledger.observe(made, clock.now());
  if (labels.length > 0) await ledger.label(made, labels);
  await observed.ended("forwarded");
  clock.advance(1_000);
}

const bot = (session: string | null, id = "bot") => subject({ id, session });
const idsOf = async (ledger: Ledger, query: Partial<Parameters<Ledger["list"]>[0]> = {}) =>
  (await ledger.list({ limit: 50, ...query })).items.map(({ id, subject: who }) => `${who} ${id}`);

test("lists sessions by their latest call, and those that only have labels by the latest label", async () => {
  const { clock, start } = gateways();
  const before = start();
  await act(before, clock, bot("s1"), ["read:private"]);
  await act(before, clock, bot("s2"));
  const after = start();
  await act(after, clock, bot("s3"));
  expect(await idsOf(after)).toEqual(["bot s3", "bot s1", "bot principal:bot"]);
  await act(after, clock, bot("s1"));
  const { items } = await after.list({ limit: 50 });
  expect(items.map(({ id, live }) => [id, live?.calls ?? null])).toEqual([
    ["s1", 1],
    ["s3", 1],
    ["principal:bot", null],
  ]);
});

test("gives every session once, page by page, whatever is in memory and whatever in the store", async () => {
  const { clock, start } = gateways();
  const before = start();
  for (let n = 0; n < 7; n++) await act(before, clock, bot(`s${n}`), ["read:private"]);
  const after = start();
  for (let n = 0; n < 7; n += 2) await act(after, clock, bot(`s${n}`));
  const whole = await idsOf(after);
  expect(whole).toHaveLength(8);
  const pages: string[] = [];
  for (let next: string | null | undefined; next !== null;) {
    const page = await after.list({ limit: 3, ...(next === undefined ? {} : { after: next }) });
    pages.push(...page.items.map(({ id, subject: who }) => `${who} ${id}`));
    next = page.next;
  }
  expect(pages).toEqual(whole);
});

test("finds the sessions of one caller, and those of one id, in memory and in the store", async () => {
  const { clock, start } = gateways();
  const before = start();
  await act(before, clock, bot("s1", "other"), ["read:private"]);
  const after = start();
  await act(after, clock, bot("s1"));
  await act(after, clock, bot("s2"));
  expect(await idsOf(after, { subject: "other" })).toEqual(["other s1", "other principal:other"]);
  expect(await idsOf(after, { session: "s1" })).toEqual(["bot s1", "other s1"]);
  expect(await idsOf(after, { subject: "bot", session: "s1" })).toEqual(["bot s1"]);
  expect(await idsOf(after, { session: "s9" })).toEqual([]);
});

test("shows a session that the caller names with the labels of the caller, and when they end", async () => {
  const { clock, start } = gateways();
  const ledger = start();
  const given = clock.now();
  await act(ledger, clock, bot("s1"), ["read:private"]);
  await act(ledger, clock, bot(null), [], "mine");
  const [row] = (await ledger.list({ limit: 1 })).items;
  expect(row).toMatchObject({
    id: "mine",
    trust: "self",
    subject: "bot",
    live: { calls: 1, since: given + 1_000, last: given + 1_000 },
    labels: [{ label: "read:private", since: given, last: given, of: "caller" }],
  });
  expect(row!.labels[0]!.ends).toBeGreaterThan(given + 30 * 24 * hour);
});

test("shows what memory has of the calls of a session, and nothing of it after a restart", async () => {
  const { clock, start } = gateways();
  const before = start();
  await act(before, clock, bot("s1"), ["read:private"]);
  const { ref } = (await before.list({ limit: 1 })).items[0]!;
  const history = [
    { decision_id: "d_1", tool: "payments/create_refund", outcome: "forwarded", labels: ["read:private"] },
  ];
  expect(await before.get(ref)).toMatchObject({ id: "s1", live: { calls: 1 }, history });
  const [label] = (await before.get(ref))!.labels;
  expect(await start().get(ref)).toMatchObject({ id: "s1", live: null, history: [], labels: [label] });
});

test("says nothing of labels whose window is over, and lists no session for their sake", async () => {
  const { clock, start } = gateways();
  await act(start(), clock, bot("s1"), ["read:private"]);
  const later = start();
  const { ref } = (await later.list({ limit: 1 })).items[0]!;
  clock.advance(40 * 24 * hour);
  expect(await idsOf(later)).toEqual([]);
  expect(await later.get(ref)).toMatchObject({ live: null, labels: [] });
});

test("forgets the calls of a session that was idle for too long", async () => {
  const { clock, start } = gateways();
  const ledger = start();
  await act(ledger, clock, bot("s1"));
  expect(await idsOf(ledger)).toEqual(["bot s1"]);
  clock.advance(12 * hour);
  expect(await idsOf(ledger)).toEqual([]);
});

test("refuses a cursor that is not of its own making, and knows no session by another reference", async () => {
  const ledger = gateways().start();
  for (const after of ["", "1", "x.y", "1.bm90IGEga2V5"])
    await expect(ledger.list({ limit: 1, after })).rejects.toMatchObject({ code: "parameter_invalid" });
  expect(await ledger.get("bm90IGEga2V5")).toBeNull();
});
