import { type GrantScope } from "../../../gateway/domain/decision.ts";
import type { Refusal } from "../../../gateway/domain/errors.ts";
import { approver, holdRequest, testApprovals } from "../../support/approvals/test-approvals.ts";
import { binding, requirement, TestClock, toolCall } from "../../support/builders.ts";

const wide: GrantScope = { kind: "uses", uses: 3, seconds: 60, same: "arguments" };
const who = { issuer: "https://idp.example", id: "refund-bot" };

function approvals(scope: GrantScope | "once" = wide, count = 1) {
  const clock = new TestClock();
  const made = testApprovals({ clock });
  const required = { ...requirement, scope, require: [{ role: "payments-approver", count }] };
  const item = made.holds.open(holdRequest({ requirement: required }));
  const vote = (id: string, grant: GrantScope | null) =>
    made.service.vote(
      item.id,
      item.action_digest,
      { ...approver, id, name: id },
      { vote: "approve", reason: null, grant },
    );
  const use = (bound = binding()) => {
    const found = made.holds.forCall(who, () => bound);
    return found?.kind === "grant" && made.holds.consume(found.grant.id);
  };
  /** The approved call itself. */
  const runFirst = () => {
    made.holds.consume(item.id);
    made.holds.finish(item.id, "delivered", "status 200");
  };
  return { ...made, clock, item, vote, use, runFirst };
}

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (thrown) {
    return (thrown as Refusal).code;
  }
  return "none";
}

test("gives as many uses as was approved, the approved call among them, and no more", () => {
  const { vote, use, runFirst } = approvals();
  vote("ann", wide);
  runFirst();
  expect([use(), use(), use()]).toEqual([true, true, false]);
});

test("leaves nothing behind when the approver gave this one call only", () => {
  const { vote, use, runFirst, grantService } = approvals();
  vote("ann", null);
  runFirst();
  expect([use(), grantService.list({ live: false, limit: 10 })]).toEqual([false, []]);
});

test.each<[string, GrantScope]>([
  ["more uses", { ...wide, uses: 4 }],
  ["a longer time", { ...wide, seconds: 61 }],
  ["another kind", { ...wide, kind: "until" }],
  ["other arguments", { ...wide, same: ["/order_id"] }],
])("refuses a vote that gives %s than policy allows", (_what, grant) => {
  const { vote, item, holds } = approvals();
  expect(codeOf(() => vote("ann", grant))).toBe("approval_scope");
  expect(holds.get(item.id)).toMatchObject({ state: "held", votes: [] });
});

test("refuses any grant where policy allows one call only", () => {
  const { vote } = approvals("once");
  expect(codeOf(() => vote("ann", { ...wide, uses: 2 }))).toBe("approval_scope");
});

test("gives what all approvers wanted: the narrowest, and nothing when one wanted this call only", () => {
  const both = approvals(wide, 2);
  both.vote("ann", wide);
  both.vote("bob", { ...wide, uses: 2 });
  expect(both.grantService.list({ live: true, limit: 10 })).toMatchObject([
    { uses_left: 1, approvers: ["ann", "bob"] },
  ]);
  const one = approvals(wide, 2);
  one.vote("ann", wide);
  one.vote("bob", null);
  expect(one.grantService.list({ live: false, limit: 10 })).toEqual([]);
});

test("ends with its time", () => {
  const { vote, use, runFirst, clock } = approvals();
  vote("ann", wide);
  runFirst();
  clock.advance(59_999);
  expect(use()).toBe(true);
  clock.advance(1);
  expect(use()).toBe(false);
});

test("ends on the next call when it is revoked, and says who did it", () => {
  const { vote, use, runFirst, grantService } = approvals();
  vote("ann", wide);
  runFirst();
  const [grant] = grantService.list({ live: true, limit: 10 });
  const revoked = grantService.revoke(grant?.id ?? "", "carol", "the task is over");
  expect(revoked.revoked).toMatchObject({ by: "carol", reason: "the task is over" });
  expect([use(), grantService.list({ live: true, limit: 10 })]).toEqual([false, []]);
  expect(codeOf(() => grantService.revoke("g_unknown", "carol", null))).toBe("grant_unknown");
});

test("covers no call with other arguments", () => {
  const { vote, use, runFirst } = approvals();
  vote("ann", wide);
  runFirst();
  expect(use(binding(toolCall({ arguments: { amount: 121, order_id: "881" } })))).toBe(false);
  expect(use()).toBe(true);
});
