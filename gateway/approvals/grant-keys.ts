import { type ActionBinding, assertUnused, type Grant, type KeyUse } from "../domain/approval.ts";
import { Refusal } from "../domain/errors.ts";
import type { KeyedCall, KeyName } from "../domain/ports.ts";
import { requestDigest } from "./digests.ts";
import { stands } from "./grants.ts";
import { atomically, type ApprovalsDeps } from "./move.ts";
import { silentMs } from "./expiry.ts";

/** What went through under this key with a grant; null when nothing did, or its grant is over. */
export function keyUse(deps: ApprovalsDeps, { binding, key }: KeyedCall): KeyUse | null {
  const { keys, clock } = deps;
  const use = keys.find(nameOf(binding, key), clock.now());
  if (use === null) return null;
  return { same: use.requestDigest === requestDigest(binding), busy: !use.ended && isAlive(deps, use.owner) };
}

/**
 * One use less, and its key with it: both on disk or neither, so that of two tries at once only one is sent.
 * @returns false when no use is left
 * @throws Refusal idempotency_reused, idempotency_busy, approval_consumed
 */
export function useGrant(deps: ApprovalsDeps, id: string, keyed: KeyedCall | null): boolean {
  const { grants, clock } = deps;
  return atomically(deps, () => {
    const grant = grants.get(id);
    if (grant === null || !stands(deps, grant)) return false;
    if (keyed !== null) takeKey(deps, grant, keyed);
    const used = grants.use(id, clock.now());
    // Thrown, so that the key is given back.
    if (!used && keyed !== null) throw new Refusal("approval_consumed");
    return used;
  });
}

export function endKey({ keys }: ApprovalsDeps, { binding, key }: KeyedCall): void {
  keys.end(nameOf(binding, key));
}

function takeKey(deps: ApprovalsDeps, { expires_at: expiresAt }: Grant, keyed: KeyedCall): void {
  const { keys, clock, process } = deps;
  const use = { requestDigest: requestDigest(keyed.binding), owner: process, expiresAt };
  if (!keys.take(nameOf(keyed.binding, keyed.key), use, clock.now())) assertUnused(keyUse(deps, keyed));
}

/** What a process began that is no more has ended, one way or the other. */
function isAlive({ processes, process, clock }: ApprovalsDeps, owner: string): boolean {
  return owner === process || processes.alive(clock.now(), silentMs).includes(owner);
}

function nameOf({ subject, route }: ActionBinding, key: string): KeyName {
  return { issuer: subject.issuer, subject: subject.id, route, key };
}
