import { ended } from "../domain/approval.ts";
import { type Revocation, revokes } from "../domain/revocation.ts";
import { move, type Office } from "./office.ts";

const all = 1_000_000;

/** What waits or is approved under a revocation ends at once, and its grants with it. */
export function endHeldUnder(office: Office, revocation: Revocation): void {
  const { store, grants, clock } = office;
  const why = `${revocation.kind === "gateway" ? "all calls were stopped" : `the ${revocation.kind} was revoked`}: ${revocation.reason}`;
  for (const approval of store.list({ states: ["held", "approved"], limit: all })) {
    const { subject, session, task } = approval.binding;
    if (!revokes(revocation, { issuer: subject.issuer, subject: subject.id, session, task })) continue;
    move(office, approval, ended(approval, "cancelled", why, clock.now()));
  }
  for (const grant of grants.list({ live: true, limit: all, now: clock.now() })) {
    const { subject, session, task } = grant.binding;
    // A grant that is for no session in particular outlives the end of one.
    const bound = grant.scope.kind === "session" || revocation.kind !== "session";
    if (bound && revokes(revocation, { issuer: subject.issuer, subject: subject.id, session, task }))
      grants.revoke(grant.id, revocation.by, why, clock.now());
  }
}
