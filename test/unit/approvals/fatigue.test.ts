import { fatigueReport } from "../../../gateway/approvals/fatigue.ts";
import type { Refusal } from "../../../gateway/domain/errors.ts";
import type { Approver, AttentionLimitFact, VoteFact } from "../../../gateway/domain/ports.ts";
import { createMetrics } from "../../../gateway/record/metrics/metrics.ts";
import {
  approver,
  holdRequest,
  testApprovals,
  type TestApprovalsOptions,
} from "../../support/approvals/test-approvals.ts";
import { lookAt } from "../../support/approvals/look-at.ts";
import { binding, TestClock, toolCall } from "../../support/builders.ts";

const hour = 3_600_000;
const day = 24 * hour;
const span = { since: 10 * day, until: 12 * day, fastS: 5 };

function votes(count: number, of: Partial<VoteFact> = {}): VoteFact[] {
  const name = of.name ?? of.approver ?? "dana";
  const one: VoteFact = {
    approver: "dana",
    name,
    vote: "approve",
    at: 11 * day,
    seen_ms: 3_000,
    rules: ["payments/refund"],
  };
  return Array.from({ length: count }, (_, index) => ({ ...one, at: one.at + index * 1_000, ...of }));
}

function report(cast: readonly VoteFact[], limits: readonly AttentionLimitFact[] = []) {
  return fatigueReport(cast, limits, span);
}

function approvals(options: TestApprovalsOptions = {}) {
  const clock = new TestClock();
  return { ...testApprovals({ clock, ...options }), clock };
}

function reason(rule: string) {
  return { code: "X", message: "asked", rule, severity: "medium" as const, controls: [] };
}

function held({ holds }: ReturnType<typeof approvals>, amount: number, rules: readonly string[] = ["payments/refund"]) {
  const bound = binding(toolCall({ arguments: { amount, order_id: "881" } }));
  return holds.open(holdRequest({ binding: bound, reasons: rules.map(reason) }));
}

async function codeOf(act: () => unknown): Promise<string> {
  try {
    await act();
  } catch (thrown) {
    return (thrown as Refusal).code;
  }
  return "none";
}

async function vote(
  of: ReturnType<typeof approvals>,
  amount: number,
  by: Approver = approver,
  cast: "approve" | "deny" = "approve",
) {
  const item = await held(of, amount);
  return codeOf(() => of.service.vote(item.id, item.action_digest, by, { vote: cast, reason: "seen" }));
}

describe("the report", () => {
  test("names who approves all of a rule's calls faster than anybody reads, in one sentence", () => {
    expect(report(votes(58)).findings).toEqual([
      "dana approved 58 of 58 calls that payments/refund asked about, 58 of them in less than 5 s (median 3.0 s).",
    ]);
  });

  test.each([
    ["few votes", votes(19)],
    ["an approver who also denies", [...votes(50), ...votes(3, { vote: "deny" })]],
    ["an approver who reads", votes(58, { seen_ms: 41_000 })],
  ])("finds nothing off with %s", (_, cast) => {
    expect(report(cast).findings).toEqual([]);
  });

  test("counts a card that was never opened as quick, and leaves it out of the median", () => {
    const [dana] = report([
      ...votes(1, { seen_ms: 8_000 }),
      ...votes(2, { seen_ms: 0 }),
      ...votes(1, { seen_ms: null }),
    ]).approvers;
    expect(dana).toMatchObject({ median_s: 8, fast: 3, unopened: 3, times: [3, 0, 1, 0, 0, 0] });
  });

  test("takes the middle of two for an even number of votes", () => {
    const [dana] = report([2, 4, 10, 100].flatMap((seconds) => votes(1, { seen_ms: seconds * 1_000 }))).approvers;
    expect(dana?.median_s).toBe(7);
  });

  test("keeps people and rules apart, the busiest first", () => {
    const { approvers, rules } = report([
      ...votes(2),
      ...votes(3, { approver: "lee", rules: ["payments/refund", "data/export"] }),
      ...votes(1, { approver: "lee", vote: "deny" }),
    ]);
    expect(approvers.map(({ approver: who, approved, denied }) => [who, approved, denied])).toEqual([
      ["lee", 3, 1],
      ["dana", 2, 0],
    ]);
    expect(rules.map(({ rule, approval_rate }) => [rule, approval_rate])).toEqual([
      ["payments/refund", 5 / 6],
      ["data/export", 1],
    ]);
  });

  test("counts votes by the hour: the busiest one, and how many hours had any", () => {
    const [dana] = report([...votes(3), ...votes(1, { at: 11 * day + 5 * hour })]).approvers;
    expect(dana).toMatchObject({ busiest: { votes: 3, hour: 11 * day }, active_hours: 2 });
  });

  test("says when one person decided more calls within an hour than can be read", () => {
    const found = report(votes(61, { vote: "deny", at: 11 * day })).findings;
    expect(found).toEqual(["dana decided 61 calls within one hour."]);
  });

  test("says which rule is always answered with yes", () => {
    const cast = votes(100, { seen_ms: 30_000 }).map((one, index) => ({ ...one, at: one.at + index * hour * 0.02 }));
    expect(report(cast.map((one, index) => ({ ...one, approver: `p${index % 10}` }))).findings).toEqual([
      "100 of 100 answers to payments/refund were yes: it may ask about calls that need no person.",
    ]);
  });

  test("lists agents that hit their cap, and people who were stopped although they never voted", () => {
    const limits = [
      { kind: "flood", who: "refund-bot", rule: "a", times: 2, last: 5 },
      { kind: "flood", who: "refund-bot", rule: "b", times: 3, last: 9 },
      { kind: "too_fast", who: "kim", rule: "a", times: 4, last: 5 },
    ] as const;
    const { floods, approvers } = report([], limits);
    expect(floods).toEqual([{ agent: "refund-bot", times: 5, last: 9 }]);
    expect(approvers).toMatchObject([{ approver: "kim", too_fast: 4, approval_rate: null, median_s: null }]);
  });

  test("has each day of the window once, those without votes too", () => {
    expect(report([...votes(2), ...votes(1, { vote: "deny" })]).days).toEqual([
      { day: 10 * day, approved: 0, denied: 0 },
      { day: 11 * day, approved: 2, denied: 1 },
      { day: 12 * day, approved: 0, denied: 0 },
    ]);
  });
});

describe("what the store keeps of it", () => {
  test("has each vote once with its rules and the time it took, also when a second person votes on the same call", async () => {
    const of = approvals();
    const requirement = { ...holdRequest().requirement, require: [{ role: "payments-approver", count: 2 }] };
    const item = await of.holds.open(
      holdRequest({ requirement, reasons: [reason("a/b"), reason("a/b"), reason("c/d")] }),
    );
    await lookAt(of.service, item.id, approver, 7_000, (ms) => of.clock.advance(ms));
    for (const by of [approver, { ...approver, id: "lee", name: "lee" }])
      await of.service.vote(item.id, item.action_digest, by, { vote: "approve", reason: null });
    const { approvers, rules } = await of.fatigue.report({ days: 30, fastS: 5 });
    expect(approvers.map(({ approver: who, median_s, unopened }) => [who, median_s, unopened])).toEqual([
      ["approver", 7, 0],
      ["lee", null, 1],
    ]);
    expect(rules.map(({ rule, approved }) => [rule, approved])).toEqual([
      ["a/b", 2],
      ["c/d", 2],
    ]);
  });

  test("looks back no further than it is asked to", async () => {
    const of = approvals();
    await vote(of, 1);
    of.clock.advance(3 * day);
    await vote(of, 2);
    for (const [days, votes] of [
      [1, 1],
      [30, 2],
    ] as const)
      expect((await of.fatigue.report({ days, fastS: 5 })).votes).toBe(votes);
  });

  test("counts floods and clicks that came before anybody could read", async () => {
    const of = approvals({ perSubject: 1, minReviewTimeMs: 2_000 });
    const item = await held(of, 1);
    for (let n = 2; n < 5; n += 1) expect(await codeOf(() => held(of, n))).toBe("approval_flood");
    expect(await of.service.viewing(item.id, approver, true)).toEqual({ neededMs: 2_000, seenMs: 0 });
    const early = await codeOf(() =>
      of.service.vote(item.id, item.action_digest, approver, { vote: "approve", reason: null }),
    );
    expect(early).toBe("approval_too_fast");
    const { floods, approvers } = await of.fatigue.report({ days: 1, fastS: 5 });
    expect([floods, approvers[0]?.too_fast]).toMatchObject([[{ agent: "refund-bot", times: 3 }], 1]);
    of.clock.advance(2_000);
    expect(of.service.review(item, approver)).toEqual({ neededMs: 2_000, seenMs: 2_000 });
  });
});

describe("an hourly budget", () => {
  test("refuses one approval more than it allows, and lets the same person deny and somebody else approve", async () => {
    const of = approvals({ budgetPerHour: 2 });
    expect([await vote(of, 1), await vote(of, 2), await vote(of, 3)]).toEqual(["none", "none", "approval_budget"]);
    expect(await vote(of, 4, approver, "deny")).toBe("none");
    expect(await vote(of, 5, { ...approver, id: "lee", name: "lee" })).toBe("none");
    expect((await of.fatigue.report({ days: 1, fastS: 5 })).approvers[0]).toMatchObject({
      approver: "approver",
      budget: 1,
    });
  });

  test("comes back as the hour passes", async () => {
    const of = approvals({ budgetPerHour: 1 });
    expect([await vote(of, 1), await vote(of, 2)]).toEqual(["none", "approval_budget"]);
    of.clock.advance(hour);
    expect(await vote(of, 3)).toBe("none");
  });

  test("comes back as the hour passes although the approvals were given while the clock was a year ahead", async () => {
    const of = approvals({ budgetPerHour: 1 });
    of.clock.leap(365 * 24 * hour);
    expect([await vote(of, 1), await vote(of, 2)]).toEqual(["none", "approval_budget"]);
    of.clock.leap(-365 * 24 * hour);
    of.clock.advance(hour);
    expect(await vote(of, 3)).toBe("none");
  });

  test("is no limit unless it is set", async () => {
    const of = approvals();
    for (let n = 0; n < 30; n += 1) expect(await vote(of, n)).toBe("none");
  });
});

test("metrics tell votes, look times and floods by rule, and never a person or an agent", async () => {
  const of = approvals({ perSubject: 1 });
  const metrics = createMetrics();
  metrics.approvals({ ...of, store: of.approvals.store, events: of.approvals.events });
  const item = await held(of, 1);
  await codeOf(() => held(of, 2));
  await lookAt(of.service, item.id, approver, 9_000, (ms) => of.clock.advance(ms));
  await of.service.vote(item.id, item.action_digest, approver, { vote: "deny", reason: "no" });
  const { text } = await metrics.render("prometheus");
  for (const line of [
    'sallyport_approval_votes_total{rule="payments/refund",vote="deny"} 1',
    'sallyport_approval_look_seconds_sum{rule="payments/refund"} 9',
    'sallyport_approval_look_median_seconds{rule="payments/refund"} 9',
    'sallyport_approvals_spared_total{kind="flood"} 1',
  ])
    expect(text).toContain(line);
  expect(text).not.toMatch(/refund-bot|"approver"/);
});
