import { type Approval, between, mayFill, quorumMet, samePerson, type Vote } from "../domain/approval.ts";
import { Refusal } from "../domain/errors.ts";
import type { Approver, People } from "../domain/ports.ts";

/** Who may vote on an item. Nobody decides about a call made by or for themselves, and each person counts once. */
export function assertEligible(approval: Approval, approver: Approver): void {
  const { requirement, votes } = approval;
  const person = { approver: approver.name, account: approver.id, also: approver.also };
  if (isRequester(approval, person)) throw new Refusal("approval_self");
  const fitting = requirement.require.filter((place) => place.role !== "" && approver.roles.includes(place.role));
  if (fitting.length === 0) {
    const needed = [...new Set(requirement.require.map(({ role }) => role))].join(", ");
    throw new Refusal("approval_role", { hint: `needed: ${needed}` });
  }
  if (!fitting.some((place) => mayFill(place, approver))) {
    throw new Refusal("approval_team", {
      hint: `not of ${fitting.map((place) => place.outside_team ?? "").join(", ")}`,
    });
  }
  if (votes.some((vote) => samePerson(vote, person))) throw new Refusal("approval_voted");
}

function isRequester(approval: Approval, person: Pick<Vote, "approver" | "account" | "also">): boolean {
  return requesters(approval).some((name) => samePerson(person, { approver: name, also: [] }));
}

/** The agent, the person it acts for and who acted in between always; who answers for the agent when policy asks for that. */
function requesters({ binding, requirement }: Approval): string[] {
  const owner = requirement.distinct_from.includes("agent_owner") ? [binding.agent_owner] : [];
  const names = [binding.subject.id, binding.acting_for, ...owner].filter((name) => name !== null);
  return [...names, ...between(binding)];
}

/**
 * The votes that still count: each with the roles, teams and names that its voter has today, none of somebody who is gone
 * or turned out to be who the call is made for.
 */
export async function standing(approval: Approval, people: People): Promise<Vote[]> {
  const { votes } = approval;
  const current = await Promise.all(
    votes.map(async ({ account }) => (account === undefined ? null : people.current(account))),
  );
  return votes.flatMap((vote, index) => {
    const today = current[index] ?? null;
    if (vote.account === undefined || today === null) return [];
    const roles = vote.roles.filter((role) => today.roles.includes(role));
    const also = [...new Set([...vote.also, today.name, ...today.also])];
    const person = { approver: vote.approver, account: vote.account, also };
    if (isRequester(approval, person)) return [];
    return [{ ...vote, ...person, roles, teams: [...new Set([...vote.teams, ...today.teams])] }];
  });
}

/** Whether those who approved an item would still be enough of the right people today. */
export async function stillApproved(approval: Approval, people: People): Promise<boolean> {
  return quorumMet(approval.requirement.require, await standing(approval, people));
}
