import { type GrantScope } from "../../../gateway/domain/decision.ts";
import { startExpiry } from "../../../gateway/approvals/expiry.ts";
import { Background } from "../../../gateway/compose/background.ts";
import type { Job } from "../../../gateway/domain/ports.ts";
import { approver, holdRequest, testApprovals } from "../../support/approvals/test-approvals.ts";
import { binding, requirement, TestClock } from "../../support/builders.ts";
import { quiet } from "../../support/quiet.ts";

const year = 365 * 86_400_000;
const who = { issuer: "https://idp.example", id: "refund-bot" };
const scope: GrantScope = { kind: "uses", uses: 3, seconds: 60, same: "arguments" };
const approve = { vote: "approve", reason: null } as const;

/** Runs timed work once, when it is given. */
class AtOnce extends Background {
  override every(_ms: number, job: Job): () => Promise<void> {
    const running = this.run(job);
    return () => running.then(() => undefined);
  }
}

/** What was done while the clock was a year ahead, seen after it was set right. */
async function whileAhead<T>(work: (approvals: ReturnType<typeof testApprovals>) => Promise<T>) {
  const clock = new TestClock();
  const approvals = testApprovals({ clock });
  clock.leap(year);
  const made = await work(approvals);
  clock.leap(-year);
  return { ...approvals, clock, made };
}

test("ends a call that was held while the clock was ahead", async () => {
  const { holds, made } = await whileAhead((approvals) => approvals.holds.open(holdRequest()));
  expect(await holds.forCall(who, () => binding())).toBeNull();
  expect(await holds.get(made.id)).toMatchObject({ state: "expired", outcome: "the clock was ahead when it was held" });
});

test("ends a call that was approved while the clock was ahead", async () => {
  const clock = new TestClock();
  const { holds, service } = testApprovals({ clock });
  const item = await holds.open(holdRequest());
  clock.leap(requirement.approve_within * 500);
  await service.vote(item.id, item.action_digest, approver, approve);
  clock.leap(-requirement.approve_within * 500);
  expect(await holds.consume(item.id)).toBe(false);
  expect(await holds.get(item.id)).toMatchObject({
    state: "expired",
    outcome: "the clock was ahead when it was approved",
  });
});

test("keeps no refusal that was given while the clock was ahead", async () => {
  const { holds } = await whileAhead(async ({ holds, service }) => {
    const item = await holds.open(holdRequest());
    return service.vote(item.id, item.action_digest, approver, { vote: "deny", reason: "no" });
  });
  expect(await holds.forCall(who, () => binding())).toBeNull();
});

test("gives no use of a grant that was given while the clock was ahead", async () => {
  const { holds, grantService, grants, clock } = await whileAhead(async ({ holds, service }) => {
    const item = await holds.open(holdRequest({ requirement: { ...requirement, scope } }));
    await service.vote(item.id, item.action_digest, approver, { ...approve, grant: scope });
    await holds.consume(item.id);
    await holds.finish(item.id, "delivered", "status 200");
  });
  const [grant] = await grantService.list({ live: false, limit: 10 });
  expect(grant?.uses_left).toBe(2);
  expect(await holds.forCall(who, () => binding())).toBeNull();
  expect(await holds.consume(grant?.id ?? "")).toBe(false);
  expect(await grants.list({ live: true, limit: 10, now: clock.now() })).toEqual([]);
});

test("ends such calls without anybody asking for them", async () => {
  const { approvals, made, store } = await whileAhead((one) => one.holds.open(holdRequest()));
  await (
    await startExpiry(approvals, new AtOnce(quiet), () => undefined)
  )();
  expect((await store.get(made.id))?.state).toBe("expired");
});

test("keeps what is open when the clock is set back by less than a minute", async () => {
  const clock = new TestClock();
  const { holds, service } = testApprovals({ clock });
  const item = await holds.open(holdRequest());
  clock.leap(-30_000);
  await service.vote(item.id, item.action_digest, approver, approve);
  clock.leap(-29_000);
  expect(await holds.consume(item.id)).toBe(true);
});
