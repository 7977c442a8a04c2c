import type { ApprovalState } from "../../../gateway/domain/approval.ts";
import { statusOf } from "../../../gateway/authzen/task.ts";

test.each<[ApprovalState, number | null, string]>([
  ["held", null, "pending"],
  ["approved", 1_000, "approved"],
  ["delivered", 1_000, "approved"],
  ["expired", 1_000, "approved"],
  ["denied", 1_000, "denied"],
  ["denied", null, "denied"],
  ["expired", null, "expired"],
  ["drifted", null, "cancelled"],
])("a task whose approval is %s, to be used by %s, is %s", (state, execute_by, status) => {
  expect(statusOf({ state, execute_by })).toBe(status);
});
