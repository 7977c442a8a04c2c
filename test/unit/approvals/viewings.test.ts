import type { Refusal } from "../../../gateway/domain/errors.ts";
import type { Approver } from "../../../gateway/domain/ports.ts";
import { approver, holdRequest, testOffice } from "../../support/approvals/test-office.ts";
import { lookAt } from "../../support/approvals/look-at.ts";
import { binding, TestClock, toolCall } from "../../support/builders.ts";

const dwellMs = 2_000;

function office() {
  const clock = new TestClock();
  const made = { ...testOffice({ clock, dwellMs }), clock };
  const look = (id: string, ms: number, by: Approver = approver): void =>
    lookAt(made.desk, id, by, ms, (step) => clock.advance(step));
  return { ...made, look };
}

function held({ holds }: ReturnType<typeof office>, amount = 1) {
  return holds.open(holdRequest({ binding: binding(toolCall({ arguments: { amount, order_id: "881" } })) }));
}

function vote(
  { desk }: ReturnType<typeof office>,
  { id, action_digest }: { id: string; action_digest: string },
  by = approver,
) {
  try {
    return desk.vote(id, action_digest, by, { vote: "approve", reason: null }).votes.at(-1)?.seen_ms;
  } catch (thrown) {
    return (thrown as Refusal).code;
  }
}

test("refuses ten cards that were opened once and are approved in a burst", () => {
  const of = office();
  const items = Array.from({ length: 10 }, (_, n) => held(of, n));
  for (const { id } of items) of.desk.viewing(id, approver, true);
  of.clock.advance(4_000);
  const burst = items.map((item) => vote(of, item));
  expect(burst).toEqual([...Array.from({ length: 9 }, () => "approval_too_fast"), 4_000]);
});

test("counts the time of one card for no other, however many screens report theirs at once", () => {
  const of = office();
  const [one, other] = [held(of, 1), held(of, 2)];
  for (let second = 0; second < 4; second += 1) {
    for (const { id } of [one, other]) {
      of.desk.viewing(id, approver, true);
      of.clock.advance(500);
    }
  }
  of.desk.viewing(other.id, approver, false);
  const seen = [one, other].map((item) => of.desk.review(item, approver).seenMs);
  expect(seen.reduce((sum, ms) => sum + ms, 0)).toBe(4_000);
  expect([vote(of, one), vote(of, other)]).toEqual([2_000, 2_000]);
});

test("counts no time while the card is not visible", () => {
  const of = office();
  const item = held(of);
  of.look(item.id, 1_000);
  of.clock.advance(60_000);
  expect(vote(of, item)).toBe("approval_too_fast");
  of.look(item.id, 1_000);
  expect(vote(of, item)).toBe(2_000);
});

test("counts no time after a screen has gone silent", () => {
  const of = office();
  const item = held(of);
  of.desk.viewing(item.id, approver, true);
  of.clock.advance(60_000);
  expect(vote(of, item)).toBe("approval_too_fast");
  of.desk.viewing(item.id, approver, true);
  of.clock.advance(3_000);
  expect(vote(of, item)).toBe(3_000);
});

test("counts what one approver saw for no other approver, and for no other vote", () => {
  const of = office();
  const lee = { ...approver, id: "lee", name: "lee" };
  const requirement = { ...holdRequest().requirement, require: [{ role: "payments-approver", count: 2 }] };
  const item = of.holds.open(holdRequest({ requirement }));
  of.look(item.id, 3_000);
  expect(vote(of, item)).toBe(3_000);
  expect(vote(of, item, lee)).toBe("approval_too_fast");
  expect(of.desk.review(item, approver).seenMs).toBe(0);
});

test("reports as time taken what was on the screen, and a card that never was as not opened", () => {
  const of = office();
  const [seen, unseen] = [held(of, 1), held(of, 2)];
  of.look(seen.id, 7_000);
  of.clock.advance(600_000);
  vote(of, seen);
  of.desk.vote(unseen.id, unseen.action_digest, approver, { vote: "deny", reason: "no" });
  const [person] = of.fatigue.report({ days: 1, fastS: 5 }).approvers;
  expect(person).toMatchObject({ median_s: 7, unopened: 1, fast: 1 });
});

test("keeps nothing of a card that is decided, and refuses an id that is none", () => {
  const of = office();
  const item = held(of);
  of.desk.vote(item.id, item.action_digest, approver, { vote: "deny", reason: "no" });
  of.desk.viewing(item.id, approver, true);
  of.clock.advance(1_000);
  expect(of.desk.viewing(item.id, approver, true).seenMs).toBe(0);
  expect(() => of.desk.viewing("a_none", approver, true)).toThrow("No such approval for this caller");
});
