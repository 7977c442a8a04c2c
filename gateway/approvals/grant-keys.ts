import { type ActionBinding, assertUnused, type Grant, type KeyUse } from "../domain/approval.ts";
import { Refusal } from "../domain/errors.ts";
import type { KeyedCall, KeyName } from "../domain/ports.ts";
import { requestDigest } from "./digests.ts";
import { stands } from "./grants.ts";
import { atomically, type Office } from "./office.ts";
import { silentMs } from "./sweep.ts";

/** What went through under this key with a grant; null when nothing did, or its grant is over. */
export function keyUse(office: Office, { binding, key }: KeyedCall): KeyUse | null {
  const { keys, clock } = office;
  const use = keys.find(nameOf(binding, key), clock.now());
  if (use === null) return null;
  return { same: use.requestDigest === requestDigest(binding), busy: !use.ended && isAlive(office, use.owner) };
}

/**
 * One use less, and its key with it: both on disk or neither, so that of two tries at once only one is sent.
 * @returns false when no use is left
 * @throws Refusal idempotency_reused, idempotency_busy, approval_consumed
 */
export function useGrant(office: Office, id: string, keyed: KeyedCall | null): boolean {
  const { grants, clock } = office;
  return atomically(office, () => {
    const grant = grants.get(id);
    if (grant === null || !stands(office, grant)) return false;
    if (keyed !== null) takeKey(office, grant, keyed);
    const used = grants.use(id, clock.now());
    // Thrown, so that the key is given back.
    if (!used && keyed !== null) throw new Refusal("approval_consumed");
    return used;
  });
}

export function endKey({ keys }: Office, { binding, key }: KeyedCall): void {
  keys.end(nameOf(binding, key));
}

function takeKey(office: Office, { expires_at: expiresAt }: Grant, keyed: KeyedCall): void {
  const { keys, clock, process } = office;
  const use = { requestDigest: requestDigest(keyed.binding), owner: process, expiresAt };
  if (!keys.take(nameOf(keyed.binding, keyed.key), use, clock.now())) assertUnused(keyUse(office, keyed));
}

/** What a process began that is no more has ended, one way or the other. */
function isAlive({ processes, process, clock }: Office, owner: string): boolean {
  return owner === process || processes.alive(clock.now(), silentMs).includes(owner);
}

function nameOf({ subject, route }: ActionBinding, key: string): KeyName {
  return { issuer: subject.issuer, subject: subject.id, route, key };
}
