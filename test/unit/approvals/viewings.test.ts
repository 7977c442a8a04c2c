import type { Refusal } from "../../../gateway/domain/errors.ts";
import type { Approver } from "../../../gateway/domain/ports.ts";
import { approver, holdRequest, testApprovals } from "../../support/approvals/test-approvals.ts";
import { lookAt } from "../../support/approvals/look-at.ts";
import { binding, TestClock, toolCall } from "../../support/builders.ts";

const minReviewTimeMs = 2_000;

function approvals() {
  const clock = new TestClock();
  const made = { ...testApprovals({ clock, minReviewTimeMs }), clock };
  const look = (id: string, ms: number, by: Approver = approver): Promise<void> =>
    lookAt(made.service, id, by, ms, (step) => clock.advance(step));
  return { ...made, look };
}

function held({ holds }: ReturnType<typeof approvals>, amount = 1) {
  return holds.open(holdRequest({ binding: binding(toolCall({ arguments: { amount, order_id: "881" } })) }));
}

async function vote(
  { service }: ReturnType<typeof approvals>,
  { id, action_digest }: { id: string; action_digest: string },
  by = approver,
) {
  try {
    return (await service.vote(id, action_digest, by, { vote: "approve", reason: null })).votes.at(-1)?.seen_ms;
  } catch (thrown) {
    return (thrown as Refusal).code;
  }
}

test("refuses ten cards that were opened once and are approved in a burst", async () => {
  const of = approvals();
  const items = await Promise.all(Array.from({ length: 10 }, (_, n) => held(of, n)));
  for (const { id } of items) await of.service.viewing(id, approver, true);
  of.clock.advance(4_000);
  const burst: unknown[] = [];
  for (const item of items) burst.push(await vote(of, item));
  expect(burst).toEqual([...Array.from({ length: 9 }, () => "approval_too_fast"), 4_000]);
});

test("counts the time of one card for no other, however many screens report theirs at once", async () => {
  const of = approvals();
  const [one, other] = [await held(of, 1), await held(of, 2)];
  for (let second = 0; second < 4; second += 1) {
    for (const { id } of [one, other]) {
      await of.service.viewing(id, approver, true);
      of.clock.advance(500);
    }
  }
  await of.service.viewing(other.id, approver, false);
  const seen = [one, other].map((item) => of.service.review(item, approver).seenMs);
  expect(seen.reduce((sum, ms) => sum + ms, 0)).toBe(4_000);
  expect([await vote(of, one), await vote(of, other)]).toEqual([2_000, 2_000]);
});

test("counts no time while the card is not visible", async () => {
  const of = approvals();
  const item = await held(of);
  await of.look(item.id, 1_000);
  of.clock.advance(60_000);
  expect(await vote(of, item)).toBe("approval_too_fast");
  await of.look(item.id, 1_000);
  expect(await vote(of, item)).toBe(2_000);
});

test("counts no time after a screen has gone silent", async () => {
  const of = approvals();
  const item = await held(of);
  await of.service.viewing(item.id, approver, true);
  of.clock.advance(60_000);
  expect(await vote(of, item)).toBe("approval_too_fast");
  await of.service.viewing(item.id, approver, true);
  of.clock.advance(3_000);
  expect(await vote(of, item)).toBe(3_000);
});

test("counts what one approver saw for no other approver, and for no other vote", async () => {
  const of = approvals();
  const lee = { ...approver, id: "lee", name: "lee" };
  const requirement = { ...holdRequest().requirement, require: [{ role: "payments-approver", count: 2 }] };
  const item = await of.holds.open(holdRequest({ requirement }));
  await of.look(item.id, 3_000);
  expect(await vote(of, item)).toBe(3_000);
  expect(await vote(of, item, lee)).toBe("approval_too_fast");
  expect(of.service.review(item, approver).seenMs).toBe(0);
});

test("reports as time taken what was on the screen, and a card that never was as not opened", async () => {
  const of = approvals();
  const [seen, unseen] = [await held(of, 1), await held(of, 2)];
  await of.look(seen.id, 7_000);
  of.clock.advance(600_000);
  await vote(of, seen);
  await of.service.vote(unseen.id, unseen.action_digest, approver, { vote: "deny", reason: "no" });
  const [person] = (await of.fatigue.report({ days: 1, fastS: 5 })).approvers;
  expect(person).toMatchObject({ median_s: 7, unopened: 1, fast: 1 });
});

test("keeps nothing of a card that is decided, and refuses an id that is none", async () => {
  const of = approvals();
  const item = await held(of);
  await of.service.vote(item.id, item.action_digest, approver, { vote: "deny", reason: "no" });
  await of.service.viewing(item.id, approver, true);
  of.clock.advance(1_000);
  expect((await of.service.viewing(item.id, approver, true)).seenMs).toBe(0);
  await expect(of.service.viewing("a_none", approver, true)).rejects.toThrow("No such approval for this caller");
});
