import type { Approval, VoteMethod } from "../domain/approval.ts";
import type { ApproverProof } from "../domain/decision.ts";
import { Refusal } from "../domain/errors.ts";
import type { Approver, Attention, AttentionStore, Ballot, Clock } from "../domain/ports.ts";
import { passkeyProblem } from "./passkey-evidence.ts";

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
export async function assertBudget(
  options: BudgetOptions,
  { reasons }: Approval,
  { id, name }: Approver,
): Promise<void> {
  const { budget, clock, attention } = options;
  if (budget === undefined || budget.perHour === null) return;
  const now = clock.now();
  // Votes of a clock that was ahead would be this hour's for years.
  if ((await budget.votes.approvalsBetween(id, now - hourMs, now)) < budget.perHour) return;
  attention.limitReached(
    "budget",
    name,
    reasons.map(({ rule }) => rule),
  );
  throw new Refusal("approval_budget", { hint: `${budget.perHour} an hour` });
}

/** A passkey over the digest also proves that somebody is there now. */
const strength: Readonly<Record<VoteMethod, number>> = {
  token: 0,
  password: 0,
  oidc: 0,
  reauthenticated: 1,
  passkey: 2,
};

const wanted: Readonly<Record<ApproverProof, number>> = { session: 0, reauthenticated: 1, passkey: 2 };

/** @throws Refusal approval_step_up naming the proof that policy asks for */
export function assertProof({ requirement }: Approval, { method }: Approver): void {
  const proof = requirement.proof ?? "session";
  if (strength[method] < wanted[proof]) throw new Refusal("approval_step_up", { hint: proof });
}

/**
 * What is kept as a passkey's evidence holds, for this answer to this item: nobody's word counts for it.
 * @throws Refusal passkey_refused
 */
export function assertEvidence({ id, action_digest }: Approval, { method, evidence }: Approver, ballot: Ballot): void {
  if (method !== "passkey") return;
  const grant = ballot.vote === "approve" ? (ballot.grant ?? null) : null;
  const problem = passkeyProblem({ approval: id, actionDigest: action_digest, vote: ballot.vote, grant }, evidence);
  if (problem !== null) throw new Refusal("passkey_refused", { hint: problem });
}
