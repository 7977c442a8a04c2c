import { Registry } from "prom-client";
import { approvalMetrics } from "../../../../gateway/record/metrics/approval-metrics.ts";
import { approver, holdRequest, testApprovals } from "../../../support/approvals/test-approvals.ts";
import { binding, TestClock, toolCall } from "../../../support/builders.ts";

const fatigue = { report: () => Promise.resolve({ rules: [] }) } as never;

function world() {
  const clock = new TestClock();
  const of = testApprovals({ clock });
  const registry = new Registry();
  approvalMetrics([registry]).approvals({ ...of.approvals, attention: of.attention, fatigue });
  const hold = (amount: number) =>
    of.holds.open(holdRequest({ binding: binding(toolCall({ arguments: { amount, order_id: "881" } })) }));
  return { ...of, clock, hold, page: () => registry.metrics() };
}

test("tells how old the oldest held call is, and what became of each", async () => {
  const { clock, hold, holds, service, page } = world();
  expect(await page()).toContain("sallyport_hold_age_seconds 0\n");
  const approved = await hold(1);
  clock.advance(20_000);
  const denied = await hold(2);
  const late = await hold(3);
  clock.advance(10_000);
  expect(await page()).toContain("sallyport_hold_age_seconds 30\n");
  await service.vote(approved.id, approved.action_digest, approver, { vote: "approve", reason: null });
  await service.vote(denied.id, denied.action_digest, approver, { vote: "deny", reason: "no" });
  expect(await page()).toContain("sallyport_hold_age_seconds 10\n");
  clock.advance(late.approve_by - clock.now());
  await holds.get(late.id);
  await holds.get(approved.id);
  const text = await page();
  for (const line of [
    'sallyport_approvals_total{from="held",result="approved"} 1',
    'sallyport_approvals_total{from="held",result="denied"} 1',
    'sallyport_approvals_total{from="held",result="expired"} 1',
    'sallyport_approvals_total{from="released",result="unknown"} 0',
    'sallyport_hold_seconds_sum{result="approved"} 30',
    'sallyport_hold_seconds_sum{result="denied"} 10',
    'sallyport_hold_seconds_count{result="expired"} 1',
    "sallyport_held_calls 0",
  ])
    expect(text).toContain(line);
});

test("counts what this process has changed, and not what it hears of another's changes", async () => {
  const { approvals, hold, page } = world();
  const item = await hold(1);
  await approvals.store.move(item.id, { from: "held", to: "cancelled", set: {} }, 1);
  await approvals.events.publish({ ...item, state: "cancelled" });
  expect(await page()).toContain('sallyport_approvals_total{from="held",result="cancelled"} 0');
});

test("what the store cannot say now is left out, and told again when it can", async () => {
  const { approvals, attention } = testApprovals();
  let isLocked = true;
  const counted = () => (isLocked ? Promise.reject(new Error("database is locked")) : Promise.resolve(3));
  const report = () => counted().then(() => ({ rules: [{ rule: "amounts", median_s: 5 }] }));
  const registry = new Registry();
  const store = { countAllHeld: counted, oldestHeld: counted };
  approvalMetrics([registry]).approvals({ ...approvals, store, attention, fatigue: { report } as never });
  const series = /^sallyport_(held_calls|hold_age_seconds|approval_look_median_seconds)[ {].*$/gm;
  const locked = await registry.metrics();
  expect(locked).toContain('sallyport_approvals_total{from="held",result="approved"} 0');
  expect(locked.match(series)).toBeNull();
  isLocked = false;
  expect((await registry.metrics()).match(series)).toHaveLength(3);
});
