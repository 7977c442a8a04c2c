import { type Approval, askedFact, covers, type Grant, type Vote, within } from "../domain/approval.ts";
import type { ActionBinding } from "../domain/approval.ts";
import type { GrantScope } from "../domain/decision.ts";
import { Refusal } from "../domain/errors.ts";
import type { GrantService } from "../domain/ports.ts";
import { stillApproved } from "./eligibility.ts";
import { type ApprovalsDeps, voteLost } from "./move.ts";

/** The first live grant that covers this call. */
export function grantFor(deps: ApprovalsDeps, binding: ActionBinding): Grant | null {
  const { issuer, id } = binding.subject;
  const live = deps.grants.live(issuer, id, deps.clock.now());
  return live.find((grant) => covers(grant, binding) && stands(deps, grant)) ?? null;
}

/** A grant ends with the votes that gave it. */
export function stands({ store, people, grants, clock }: ApprovalsDeps, grant: Grant): boolean {
  const approval = store.get(grant.approval_id);
  if (approval !== null && stillApproved(approval, people)) return true;
  grants.revoke(grant.id, "gateway", voteLost, clock.now());
  return false;
}

/** @throws Refusal approval_scope when a vote would give more than policy lets it */
export function assertScope(approval: Approval, wanted: GrantScope | null): void {
  if (wanted === null) return;
  if (wanted.kind === "session" && approval.binding.session_trust === "none")
    throw new Refusal("approval_scope", { hint: "neither the token nor the agent names a session" });
  const allowed = approval.requirement.scope;
  if (allowed !== "once" && within(wanted, allowed)) return;
  const most = allowed === "once" ? "only this one call" : JSON.stringify(allowed);
  throw new Refusal("approval_scope", { hint: `at most: ${most}` });
}

/**
 * The permission that an approval leaves behind. Everybody who approved must have wanted it, and the narrowest wish of
 * them counts; the approved call itself is its first use.
 */
export function issueGrant(deps: ApprovalsDeps, approval: Approval): Grant | null {
  const approving = approval.votes.filter(({ vote }) => vote === "approve");
  const scope = narrowest(approving);
  if (scope === null || scope.uses < 2) return null;
  const now = deps.clock.now();
  const grant: Grant = {
    id: deps.ids.make("g"),
    approval_id: approval.id,
    binding: approval.binding,
    scope,
    approvers: approving.map(({ approver }) => approver),
    asked: askedFact(approval.requirement),
    created: now,
    expires_at: now + scope.seconds * 1_000,
    uses_left: scope.uses - 1,
    revoked: null,
  };
  deps.grants.insert(grant);
  return grant;
}

function narrowest(votes: readonly Vote[]): GrantScope | null {
  const wishes = votes.map(({ grant }) => grant);
  const [first, ...rest] = wishes;
  if (first === undefined || first === null) return null;
  let least = first;
  for (const wish of rest) {
    if (wish === null) return null;
    if (within(wish, least)) least = wish;
    else if (!within(least, wish)) return null;
  }
  return least;
}

export function grantService({ grants, clock }: ApprovalsDeps): GrantService {
  return {
    list: ({ live, limit }) => grants.list({ live, limit, now: clock.now() }),
    revoke: (id, by, reason) => {
      grants.revoke(id, by, reason, clock.now());
      const grant = grants.get(id);
      if (grant === null) throw new Refusal("grant_unknown");
      return grant;
    },
  };
}
