import { type GrantScope } from "../../../gateway/domain/decision.ts";
import type { Refusal } from "../../../gateway/domain/errors.ts";
import { approver, holdRequest, testApprovals } from "../../support/approvals/test-approvals.ts";
import { binding, requirement, TestClock, toolCall } from "../../support/builders.ts";

const wide: GrantScope = { kind: "uses", uses: 3, seconds: 60, same: "arguments" };
const who = { issuer: "https://idp.example", id: "refund-bot" };

async function approvals(scope: GrantScope | "once" = wide, count = 1) {
  const clock = new TestClock();
  const made = testApprovals({ clock });
  const required = { ...requirement, scope, require: [{ role: "payments-approver", count }] };
  const item = await made.holds.open(holdRequest({ requirement: required }));
  const vote = (id: string, grant: GrantScope | null) =>
    made.service.vote(
      item.id,
      item.action_digest,
      { ...approver, id, name: id },
      { vote: "approve", reason: null, grant },
    );
  const use = async (bound = binding()) => {
    const found = await made.holds.forCall(who, () => bound);
    return found?.kind === "grant" && (await made.holds.consume(found.grant.id));
  };
  /** The approved call itself. */
  const runFirst = async () => {
    await made.holds.consume(item.id);
    await made.holds.finish(item.id, "delivered", "status 200");
  };
  return { ...made, clock, item, vote, use, runFirst };
}

async function codeOf(act: () => unknown): Promise<string> {
  try {
    await act();
  } catch (thrown) {
    return (thrown as Refusal).code;
  }
  return "none";
}

test("gives as many uses as was approved, the approved call among them, and no more", async () => {
  const { vote, use, runFirst } = await approvals();
  await vote("ann", wide);
  await runFirst();
  expect([await use(), await use(), await use()]).toEqual([true, true, false]);
});

test("leaves nothing behind when the approver gave this one call only", async () => {
  const { vote, use, runFirst, grantService } = await approvals();
  await vote("ann", null);
  await runFirst();
  expect([await use(), await grantService.list({ live: false, limit: 10 })]).toEqual([false, []]);
});

test.each<[string, GrantScope]>([
  ["more uses", { ...wide, uses: 4 }],
  ["a longer time", { ...wide, seconds: 61 }],
  ["another kind", { ...wide, kind: "until" }],
  ["other arguments", { ...wide, same: ["/order_id"] }],
])("refuses a vote that gives %s than policy allows", async (_what, grant) => {
  const { vote, item, holds } = await approvals();
  expect(await codeOf(() => vote("ann", grant))).toBe("approval_scope");
  expect(await holds.get(item.id)).toMatchObject({ state: "held", votes: [] });
});

test("refuses any grant where policy allows one call only", async () => {
  const { vote } = await approvals("once");
  expect(await codeOf(() => vote("ann", { ...wide, uses: 2 }))).toBe("approval_scope");
});

test("gives what all approvers wanted: the narrowest, and nothing when one wanted this call only", async () => {
  const both = await approvals(wide, 2);
  await both.vote("ann", wide);
  await both.vote("bob", { ...wide, uses: 2 });
  expect(await both.grantService.list({ live: true, limit: 10 })).toMatchObject([
    { uses_left: 1, approvers: ["ann", "bob"] },
  ]);
  const one = await approvals(wide, 2);
  await one.vote("ann", wide);
  await one.vote("bob", null);
  expect(await one.grantService.list({ live: false, limit: 10 })).toEqual([]);
});

test("ends with its time", async () => {
  const { vote, use, runFirst, clock } = await approvals();
  await vote("ann", wide);
  await runFirst();
  clock.advance(59_999);
  expect(await use()).toBe(true);
  clock.advance(1);
  expect(await use()).toBe(false);
});

test("ends on the next call when it is revoked, and says who did it", async () => {
  const { vote, use, runFirst, grantService } = await approvals();
  await vote("ann", wide);
  await runFirst();
  const [grant] = await grantService.list({ live: true, limit: 10 });
  const revoked = await grantService.revoke(grant?.id ?? "", "carol", "the task is over");
  expect(revoked.revoked).toMatchObject({ by: "carol", reason: "the task is over" });
  expect([await use(), await grantService.list({ live: true, limit: 10 })]).toEqual([false, []]);
  expect(await codeOf(() => grantService.revoke("g_unknown", "carol", null))).toBe("grant_unknown");
});

test("covers no call with other arguments", async () => {
  const { vote, use, runFirst } = await approvals();
  await vote("ann", wide);
  await runFirst();
  expect(await use(binding(toolCall({ arguments: { amount: 121, order_id: "881" } })))).toBe(false);
  expect(await use()).toBe(true);
});
