import type { Approval } from "../domain/approval.ts";
import { Refusal } from "../domain/errors.ts";
import type { Approver, Attention, AttentionStore, Clock } from "../domain/ports.ts";

const hourMs = 3_600_000;

export interface BudgetOptions {
  readonly clock: Clock;
  readonly attention: Attention;
  /** Absent: no limit. */
  readonly budget?: ApproverBudget;
}

export interface ApproverBudget {
  readonly votes: Pick<AttentionStore, "approvalsBetween">;
  /** Calls that one person may approve in any sixty minutes; null for no such limit. */
  readonly perHour: number | null;
}

/**
 * Somebody who has approved this many reads no more; the next one is for other eyes. Denials are never counted.
 * @throws Refusal approval_budget
 */
export function assertBudget(options: BudgetOptions, { reasons }: Approval, { id, name }: Approver): void {
  const { budget, clock, attention } = options;
  if (budget === undefined || budget.perHour === null) return;
  const now = clock.now();
  // Votes of a clock that was ahead would be this hour's for years.
  if (budget.votes.approvalsBetween(id, now - hourMs, now) < budget.perHour) return;
  attention.limitReached(
    "budget",
    name,
    reasons.map(({ rule }) => rule),
  );
  throw new Refusal("approval_budget", { hint: `${budget.perHour} an hour` });
}
