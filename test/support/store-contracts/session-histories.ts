import { sessionKey, sessionRef } from "../../../gateway/domain/session-key.ts";
import { activePolicy, decision, evaluated, facts, subject, TestClock, toolCall } from "../builders.ts";
import type { TestSessions } from "../test-sessions.ts";
import type { Shared } from "./shared.ts";

const policy = activePolicy({ readsHistory: true });
const hour = 3_600_000;

/** A call of the session as one gateway sees it, up to its answer. */
async function callAt(ledger: TestSessions, name: string, now: number, session = "s1") {
  const who = subject({ session });
  const call = toolCall({ name });
  const fact = await ledger.fact(who, call, now, true);
  const made = evaluated({
    subject: who,
    call,
    facts: facts({ session: fact, policy }),
    decisionId: `d-${name}`,
    decision: decision({ obligations: [] }),
  });
  const observed = ledger.observe(made, now);
  await observed.noted;
  return { made, fact, observed };
}

const done = async (ledger: TestSessions, name: string, now: number, session?: string): Promise<void> =>
  (await callAt(ledger, name, now, session)).observed.ended("forwarded");

const factOf = async (ledger: TestSessions, now: number, session = "s1") =>
  ledger.fact(subject({ session }), toolCall(), now, true);
const toolsOf = async (ledger: TestSessions, session?: string) =>
  (await factOf(ledger, 9_000, session)).history.map(({ tool }) => tool.replace("payments/", ""));

const shownAt = async (ledger: TestSessions): Promise<readonly string[] | undefined> => {
  const ref = sessionRef(sessionKey(subject({ session: "s1" }), { id: "s1", trust: "token" }));
  return (await ledger.get(ref))?.history.map(({ decision_id }) => decision_id);
};

/** What a gateway says of the history of a session to a policy that reads it, whatever has it. Ledgers keep five calls, and are idle after an hour. */
export function describeSessionHistories(make: () => Promise<Shared<TestSessions>>): void {
  describe("the history of a session", () => {
    let shared: Shared<TestSessions>;
    let ledger: TestSessions;
    beforeEach(async () => {
      shared = await make();
      ledger = shared.store;
    });
    afterEach(() => shared.close());

    it("has the latest calls with what came of them, oldest first, and the count of all", async () => {
      for (let n = 1; n <= 7; n++) await done(ledger, `t${n}`, n * 1_000);
      const { calls, history } = await factOf(ledger, 9_000);
      expect([calls, history.map(({ tool, outcome, ago }) => `${tool} ${outcome} ${ago}`)]).toEqual([
        7,
        [3, 4, 5, 6, 7].map((n) => `payments/t${n} forwarded ${9 - n}`),
      ]);
    });

    it("has a call that is under way, and the labels that its answer gives", async () => {
      const { made, observed } = await callAt(ledger, "read", 1_000);
      expect((await factOf(ledger, 2_000)).history).toMatchObject([{ effect: "allow", outcome: null, labels: [] }]);
      await ledger.label(made, ["read:private"]);
      await observed.ended("withheld");
      expect((await factOf(ledger, 2_000)).history).toMatchObject([{ outcome: "withheld", labels: ["read:private"] }]);
    });

    it("is that of its own session", async () => {
      await done(ledger, "here", 1_000, "s1");
      await done(ledger, "there", 1_000, "s2");
      expect([await toolsOf(ledger, "s1"), await toolsOf(ledger, "s2")]).toEqual([["here"], ["there"]]);
      expect(await factOf(ledger, 9_000, "s3")).toMatchObject({ calls: 0, history: [] });
    });

    it("is shown to people with the ids of the decisions", async () => {
      await done(ledger, "read", 1_000);
      const [row] = (await ledger.list({ limit: 9 })).items;
      expect(await ledger.get(row?.ref ?? "")).toMatchObject({
        history: [{ decision_id: "d-read", tool: "payments/read", outcome: "forwarded", at: 1_000 }],
      });
    });
  });
}

/** The same, where gateways share it. */
export function describeSharedHistories(make: () => Promise<Shared<TestSessions>>): void {
  describe("the history of a session at several gateways", () => {
    let shared: Shared<TestSessions>;
    let [here, there]: TestSessions[] = [];
    let close: () => Promise<void>;
    beforeEach(async () => {
      shared = await make();
      const other = await shared.again();
      [here, there] = [shared.store, other.store];
      close = () => other.close();
    });
    afterEach(async () => {
      await close();
      await shared.close();
    });
    const both = () => [here, there] as [TestSessions, TestSessions];

    it("has what one of them was asked once it may go on, and what came of it once that was told", async () => {
      const [one, other] = both();
      const { made, observed } = await callAt(one, "read", 1_000);
      expect((await factOf(other, 2_000)).history).toMatchObject([{ tool: "payments/read", outcome: null }]);
      await one.label(made, ["read:private"]);
      expect((await factOf(other, 2_000)).history).toMatchObject([{ labels: ["read:private"], outcome: null }]);
      await observed.ended("forwarded");
      await done(other, "send", 2_000);
      for (const ledger of both())
        expect(await factOf(ledger, 3_000)).toMatchObject({
          calls: 2,
          history: [
            { tool: "payments/read", labels: ["read:private"], outcome: "forwarded", ago: 2 },
            { tool: "payments/send", labels: [], outcome: "forwarded", ago: 1 },
          ],
        });
    });

    it("says that a denied call was refused before its caller is told", async () => {
      const [one, other] = both();
      const call = toolCall();
      const session = await factOf(one, 1_000);
      const denied = evaluated({
        subject: subject({ session: "s1" }),
        call,
        facts: facts({ session, policy }),
        decision: decision({ effect: "deny", obligations: [] }),
      });
      const observed = one.observe(denied, 1_000);
      await observed.noted;
      expect(observed.ended("refused")).toBeUndefined();
      expect((await factOf(other, 2_000)).history).toMatchObject([{ effect: "deny", outcome: "refused" }]);
    });

    it("has what is said last of a call that turns out otherwise, though it was told at once", async () => {
      const [one, other] = both();
      const { observed } = await callAt(one, "read", 1_000);
      await Promise.all((["forwarded", "unknown"] as const).map(async (outcome) => observed.ended(outcome)));
      expect((await factOf(other, 2_000)).history).toMatchObject([{ outcome: "unknown" }]);
    });

    it("loses no call and miscounts none, however many gateways write the same sessions at once", async () => {
      const names = Array.from({ length: 8 }, (_, at) => `s${at}`);
      await Promise.all(
        both().flatMap((ledger, who) =>
          Array.from({ length: 12 }, (_, round) =>
            Promise.all(
              (who === 0 ? names : names.toReversed()).map((session) =>
                done(ledger, `t${who}-${round}`, 1_000, session),
              ),
            ),
          ),
        ),
      );
      for (const session of names) {
        const [one, other] = await Promise.all(both().map((ledger) => factOf(ledger, 9_000, session)));
        expect([one?.calls, one?.history.length, one?.history.every(({ outcome }) => outcome === "forwarded")]).toEqual(
          [24, 5, true],
        );
        expect(other?.history).toEqual(one?.history);
      }
    });

    it("begins anew when no gateway was asked for long, and the store forgets it then", async () => {
      const [one, other] = both();
      await done(one, "old", 1_000);
      expect(await factOf(other, 1_001 + hour)).toMatchObject({ calls: 0, history: [] });
      await done(other, "new", 1_001 + hour);
      expect([(await factOf(one, 1_002 + hour)).calls, await toolsOf(one)]).toEqual([1, ["new"]]);
    });

    it("is shown to people with what only one gateway has, and nothing of one that was idle for long", async () => {
      const [one, other] = both();
      const third = await shared.again();
      const at = new TestClock().now();
      await done(third.store, "long-ago", at - 2 * hour);
      expect(await shownAt(one)).toEqual([]);
      await done(other, "shared", at - 3_000);
      const made = evaluated({
        subject: subject({ session: "s1" }),
        call: toolCall({ name: "own" }),
        facts: facts({ session: await factOf(one, at - 2_000) }),
        decisionId: "d-own",
      });
      void one.observe(made, at - 2_000).ended("forwarded");
      await done(other, "later", at - 1_000);
      expect([await shownAt(one), await shownAt(other)]).toEqual([
        ["d-shared", "d-own", "d-later"],
        ["d-shared", "d-later"],
      ]);
      await third.close();
    });

    it("is not told where no rule reads it", async () => {
      const [one, other] = both();
      const call = evaluated({
        subject: subject({ session: "s1" }),
        facts: facts({ session: await factOf(one, 1_000) }),
      });
      expect(one.observe(call, 1_000).noted).toBeNull();
      expect(await factOf(other, 2_000)).toMatchObject({ calls: 0, history: [] });
    });
  });
}
