import type { Approval } from "../domain/approval.ts";
import { Refusal } from "../domain/errors.ts";
import type { Approver, Attention, AttentionStore, Clock } from "../domain/ports.ts";

const hourMs = 3_600_000;

export interface BudgetOptions {
  readonly clock: Clock;
  readonly attention: Attention;
  readonly votes: Pick<AttentionStore, "approvalsSince">;
  /** Calls that one person may approve in any sixty minutes; null for no such limit. */
  readonly budgetPerHour: number | null;
}

/**
 * Somebody who has approved this many reads no more; the next one is for other eyes. Denials are never counted.
 * @throws Refusal approval_budget
 */
export function assertBudget(options: BudgetOptions, { reasons }: Approval, { id }: Approver): void {
  const { budgetPerHour, votes, clock, attention } = options;
  if (budgetPerHour === null || votes.approvalsSince(id, clock.now() - hourMs) < budgetPerHour) return;
  attention.spared(
    "budget",
    id,
    reasons.map(({ rule }) => rule),
  );
  throw new Refusal("approval_budget", { hint: `${budgetPerHour} an hour` });
}
