import { type Approval, ended } from "../domain/approval.ts";
import { isJsonObject } from "../lib/json.ts";
import { revocableBinding, type Revocation, revokes } from "../domain/revocation.ts";
import { move, type ApprovalsDeps } from "./transition.ts";

const all = 1_000_000;

/** What waits or is approved under a revocation ends at once, and its grants with it. */
export function endHeldUnder(deps: ApprovalsDeps, revocation: Revocation): void {
  const { store, grants, clock } = deps;
  const why = `${revocation.kind === "gateway" ? "all calls were stopped" : `the ${revocation.kind} was revoked`}: ${revocation.reason}`;
  for (const approval of store.list({ states: ["held", "approved"], limit: all })) {
    const of = revocableBinding(approval.binding);
    // The session that the call came in is bound only where something names it.
    const sessions = [of.session, heldIn(approval) ?? of.session];
    if (!sessions.some((session) => revokes(revocation, { ...of, session }))) continue;
    move(deps, approval, ended(approval, "cancelled", why, clock.now()));
  }
  for (const grant of grants.list({ live: true, limit: all, now: clock.now() })) {
    // A grant that is for no session in particular outlives the end of one.
    const bound = grant.scope.kind === "session" || revocation.kind !== "session";
    if (bound && revokes(revocation, revocableBinding(grant.binding)))
      grants.revoke(grant.id, revocation.by, why, clock.now());
  }
}

function heldIn({ context }: Approval): string | null {
  const session = context["session"];
  const id = isJsonObject(session) ? session["id"] : null;
  return typeof id === "string" ? id : null;
}
