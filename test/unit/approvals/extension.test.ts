import { approver, holdRequest, testApprovals } from "../../support/approvals/test-approvals.ts";
import { requirement, TestClock } from "../../support/builders.ts";

test("gives more time to a question in its last minute, and once", async () => {
  const clock = new TestClock();
  const { holds, service } = testApprovals({ clock });
  const item = await holds.open(holdRequest());
  const timeMs = requirement.approve_within * 1_000;
  await expect(service.extend(item.id, approver)).rejects.toMatchObject({
    code: "approval_extension",
    hint: "only in the last minute",
  });
  clock.advance(timeMs - 1_000);
  expect((await service.extend(item.id, approver)).approve_by).toBe(item.approve_by + timeMs);
  clock.advance(timeMs);
  await expect(service.extend(item.id, approver)).rejects.toMatchObject({
    code: "approval_extension",
    hint: "it was extended before",
  });
  expect((await holds.get(item.id))?.approve_by).toBe(item.approve_by + timeMs);
});
