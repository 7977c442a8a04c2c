import { type Approval, ended } from "../domain/approval.ts";
import { isJsonObject } from "../lib/json.ts";
import { revocableBinding, type Revocation, revokes } from "../domain/revocation.ts";
import { type ApprovalsDeps, atomically, move } from "./transition.ts";

const all = 1_000_000;

/**
 * What waits or is approved under a revocation ends, and its grants with it: in one transaction, so that nothing is approved or
 * granted between the look and the end.
 */
export function endHeldUnder(deps: ApprovalsDeps, revocation: Revocation): Promise<void> {
  return atomically(deps, async () => {
    await endItems(deps, revocation);
    await endGrants(deps, revocation);
  });
}

async function endItems(deps: ApprovalsDeps, revocation: Revocation): Promise<void> {
  const { store, clock } = deps;
  for (const approval of await store.list({ states: ["held", "approved"], limit: all })) {
    const of = revocableBinding(approval.binding);
    // The session that the call came in is bound only where something names it.
    const sessions = [of.session, heldIn(approval) ?? of.session];
    if (!sessions.some((session) => revokes(revocation, { ...of, session }))) continue;
    await move(deps, approval, ended(approval, "cancelled", whyOf(revocation), clock.now()));
  }
}

async function endGrants({ grants, clock }: ApprovalsDeps, revocation: Revocation): Promise<void> {
  for (const grant of await grants.list({ live: true, limit: all, now: clock.now() })) {
    // A grant that is for no session in particular outlives the end of one.
    const bound = grant.scope.kind === "session" || revocation.kind !== "session";
    if (bound && revokes(revocation, revocableBinding(grant.binding)))
      await grants.revoke(grant.id, revocation.by, whyOf(revocation), clock.now());
  }
}

function whyOf({ kind, reason }: Revocation): string {
  return `${kind === "gateway" ? "all calls were stopped" : `the ${kind} was revoked`}: ${reason}`;
}

function heldIn({ context }: Approval): string | null {
  const session = context["session"];
  const id = isJsonObject(session) ? session["id"] : null;
  return typeof id === "string" ? id : null;
}
