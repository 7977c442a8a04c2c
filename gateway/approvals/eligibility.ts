import type { Approval, Vote } from "../domain/approval.ts";
import { Refusal } from "../domain/errors.ts";
import type { Approver } from "../domain/ports.ts";

/** Who may vote on an item. Nobody decides about a call made by or for themselves, and each person counts once. */
export function assertEligible(approval: Approval, approver: Approver): void {
  const { binding, requirement, votes } = approval;
  if (approver.id === binding.subject.id || approver.id === binding.acting_for) throw new Refusal("approval_self");
  if (!requirement.require.some(({ role }) => approver.roles.includes(role))) {
    throw new Refusal("approval_role", { hint: `needed: ${requirement.require.map(({ role }) => role).join(", ")}` });
  }
  if (votes.some((vote) => vote.approver === approver.id)) throw new Refusal("approval_voted");
}

/** True when every role has its count; one person fills one place only. */
export function quorumMet(approval: Approval, votes: readonly Vote[]): boolean {
  const places = approval.requirement.require.flatMap(({ role, count }) => Array.from({ length: count }, () => role));
  return assign(
    places,
    votes.filter((vote) => vote.vote === "approve"),
  );
}

/** Small exact matching: the first place is tried with each voter that fits; quorums are a handful of people. */
function assign([role, ...rest]: readonly string[], voters: readonly Vote[]): boolean {
  if (role === undefined) return true;
  return voters.some(
    (voter) =>
      voter.roles.includes(role) &&
      assign(
        rest,
        voters.filter((other) => other !== voter),
      ),
  );
}
