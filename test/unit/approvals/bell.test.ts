import { Bell } from "../../../gateway/approvals/bell.ts";
import type { Approval } from "../../../gateway/domain/approval.ts";
import { approver, holdRequest, testOffice } from "../../support/approvals/test-office.ts";
import { quiet } from "../../support/quiet.ts";

const broken = (): void => {
  throw new Error("a stream is gone");
};

test("a vote counts, and the others are told, when somebody who watches throws", () => {
  const { office, holds, desk } = testOffice();
  const item = holds.open(holdRequest());
  const told: string[] = [];
  office.bell.watchOne(item.id, broken);
  office.bell.watch(broken);
  office.bell.watch(({ state }) => told.push(state));
  expect(desk.vote(item.id, item.action_digest, approver, { vote: "approve", reason: null }).state).toBe("approved");
  expect(told).toContain("approved");
  expect(office.store.get(item.id)?.state).toBe("approved");
});

test("who throws is in the log with the approval", () => {
  const logged: unknown[] = [];
  const bell = new Bell({ ...quiet, error: (_message, details) => void logged.push(details) });
  bell.watch(broken);
  bell.after(() => bell.ring({ id: "a_1" } as Approval));
  expect(logged).toEqual([{ approval_id: "a_1", error: "Error: a stream is gone" }]);
});
