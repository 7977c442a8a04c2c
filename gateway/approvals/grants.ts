import {
  type ActionBinding,
  type Approval,
  requirementFact,
  assertUnused,
  covers,
  type Grant,
  type KeyUse,
  type Vote,
  within,
} from "../domain/approval.ts";
import type { GrantScope } from "../domain/decision.ts";
import { Refusal } from "../domain/errors.ts";
import type { GrantService, KeyedCall, KeyName } from "../domain/ports.ts";
import { requestDigest } from "./digests.ts";
import { stillApproved } from "./vote-checks.ts";
import { type ApprovalsDeps, atomically, voteLost } from "./transition.ts";

/** The first live grant that covers this call. */
export async function grantFor(deps: ApprovalsDeps, binding: ActionBinding): Promise<Grant | null> {
  const { issuer, id } = binding.subject;
  for (const grant of await deps.grants.live(issuer, id, deps.clock.now()))
    if (covers(grant, binding) && (await stands(deps, grant))) return grant;
  return null;
}

/** A grant ends with the votes that gave it. */
async function stands({ store, people, grants, clock }: ApprovalsDeps, grant: Grant): Promise<boolean> {
  const approval = await store.get(grant.approval_id);
  if (approval !== null && (await stillApproved(approval, people))) return true;
  await grants.revoke(grant.id, "gateway", voteLost, clock.now());
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
export async function issueGrant(deps: ApprovalsDeps, approval: Approval): Promise<Grant | null> {
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
    asked: requirementFact(approval.requirement),
    created: now,
    expires_at: now + scope.seconds * 1_000,
    uses_left: scope.uses - 1,
    revoked: null,
  };
  await deps.grants.insert(grant);
  return grant;
}

/** Whoever denies an approved call takes back what its approval left behind. */
export async function endGrantOf({ grants, clock }: ApprovalsDeps, approval: Approval, denial: Vote): Promise<void> {
  const { issuer, id } = approval.binding.subject;
  for (const grant of await grants.live(issuer, id, clock.now()))
    if (grant.approval_id === approval.id) await grants.revoke(grant.id, denial.approver, denial.reason, clock.now());
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
    revoke: async (id, by, reason) => {
      await grants.revoke(id, by, reason, clock.now());
      const grant = await grants.get(id);
      if (grant === null) throw new Refusal("grant_unknown");
      return grant;
    },
  };
}

/** What went through under this key with a grant; null when nothing did, or its grant is over. */
export async function keyUse(deps: ApprovalsDeps, { binding, key }: KeyedCall): Promise<KeyUse | null> {
  const { keys, clock } = deps;
  const use = await keys.find(nameOf(binding, key), clock.now());
  if (use === null) return null;
  return { same: use.requestDigest === requestDigest(binding), busy: !use.ended && (await isAlive(deps, use.owner)) };
}

/**
 * One use less, and its key with it: both on disk or neither, so that of two tries at once only one is sent.
 * @returns false when no use is left
 * @throws Refusal idempotency_reused, idempotency_busy, approval_consumed
 */
export function useGrant(deps: ApprovalsDeps, id: string, keyed: KeyedCall | null): Promise<boolean> {
  const { grants, clock } = deps;
  return atomically(deps, async () => {
    const grant = await grants.get(id);
    if (grant === null || !(await stands(deps, grant))) return false;
    if (keyed !== null) await takeKey(deps, grant, keyed);
    const used = await grants.use(id, clock.now());
    // Thrown, so that the key is given back.
    if (!used && keyed !== null) throw new Refusal("approval_consumed");
    return used;
  });
}

export function endKey({ keys }: ApprovalsDeps, { binding, key }: KeyedCall): Promise<void> {
  return keys.end(nameOf(binding, key));
}

async function takeKey(deps: ApprovalsDeps, { expires_at: expiresAt }: Grant, keyed: KeyedCall): Promise<void> {
  const { keys, clock, process } = deps;
  const use = { requestDigest: requestDigest(keyed.binding), owner: process, expiresAt };
  const taken = await keys.take(nameOf(keyed.binding, keyed.key), use, clock.now());
  if (!taken) assertUnused(await keyUse(deps, keyed));
}

/** What a process began that is no more has ended, one way or the other. */
async function isAlive({ processes, process, clock }: ApprovalsDeps, owner: string): Promise<boolean> {
  return owner === process || (await processes.alive(clock.now())).includes(owner);
}

function nameOf({ subject, route }: ActionBinding, key: string): KeyName {
  return { issuer: subject.issuer, subject: subject.id, route, key };
}
