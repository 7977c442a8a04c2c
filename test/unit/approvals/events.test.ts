import { ApprovalEvents } from "../../../gateway/approvals/events.ts";
import type { Approval } from "../../../gateway/domain/approval.ts";
import { approver, holdRequest, testApprovals } from "../../support/approvals/test-approvals.ts";
import { quiet } from "../../support/quiet.ts";

const broken = (): void => {
  throw new Error("a stream is gone");
};

test("a vote counts, and the others are told, when somebody who watches throws", async () => {
  const { approvals, holds, service } = testApprovals();
  const item = await holds.open(holdRequest());
  const told: string[] = [];
  approvals.events.watchOne(item.id, broken);
  approvals.events.watch(broken);
  approvals.events.watch(({ state }) => void told.push(state));
  expect((await service.vote(item.id, item.action_digest, approver, { vote: "approve", reason: null })).state).toBe(
    "approved",
  );
  expect(told).toContain("approved");
  expect((await approvals.store.get(item.id))?.state).toBe("approved");
});

test("who throws is in the log with the approval", async () => {
  const logged: unknown[] = [];
  const events = new ApprovalEvents({ ...quiet, error: (_message, details) => void logged.push(details) });
  events.watch(broken);
  await events.publishAfter(() => events.publish({ id: "a_1" } as Approval));
  expect(logged).toEqual([{ approval_id: "a_1", error: "Error: a stream is gone" }]);
});
