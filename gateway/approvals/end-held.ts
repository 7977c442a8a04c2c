import { type Approval, endedByAccess, type Grant } from "../domain/approval.ts";
import type { CountedElsewhere, EndedElsewhere, Matches } from "../domain/ports.ts";
import { type EndedBy, type Revocable, revocableBinding, revocableItem, sessionText } from "../domain/revocation.ts";
import { atomically, move, type ApprovalsDeps } from "./transition.ts";

const all = 1_000_000;

/**
 * What waits or is approved ends where it matches, and grants with it: in one transaction, so that nothing is approved or
 * granted between the look and the end.
 */
export async function endHeld(deps: ApprovalsDeps, matches: Matches, by: EndedBy): Promise<EndedElsewhere> {
  if (await isNothingOpen(deps)) return {};
  const sessions = new Set<string>();
  const [held, grants] = await atomically(deps, async () => [
    await endItems(deps, matches, by, sessions),
    await endGrants(deps, matches, by, sessions),
  ]);
  return { held, grants, of: sessions };
}

/** Then nobody has to write. What is held from now on is looked at by whoever holds it. */
async function isNothingOpen({ store, grants, clock }: ApprovalsDeps): Promise<boolean> {
  const { held, approved } = await store.countOpen();
  return held + approved === 0 && (await grants.list({ live: true, limit: 1, now: clock.now() })).length === 0;
}

/** What that would end. */
export async function countHeld({ store, grants, clock }: ApprovalsDeps, matches: Matches): Promise<CountedElsewhere> {
  const items = (await store.list({ states: ["held", "approved"], limit: all })).map(revocableItem).filter(matches);
  const live = await grants.list({ live: true, limit: all, now: clock.now() });
  const permissions = (await Promise.all(live.map((grant) => ofGrant({ store }, grant)))).filter(matches);
  return { held: items.length, grants: permissions.length, of: [...items, ...permissions] };
}

async function endItems(deps: ApprovalsDeps, matches: Matches, by: EndedBy, sessions: Set<string>): Promise<number> {
  const { store, clock } = deps;
  let count = 0;
  for (const approval of await store.list({ states: ["held", "approved"], limit: all })) {
    const what = revocableItem(approval);
    if (!matches(what)) continue;
    const { moved } = await move(deps, approval, endedByAccess(approval, by, whyOf(by), clock.now()));
    if (!moved) continue;
    count += 1;
    sessions.add(sessionText(what));
  }
  return count;
}

async function endGrants(deps: ApprovalsDeps, matches: Matches, by: EndedBy, sessions: Set<string>): Promise<number> {
  const { grants, clock } = deps;
  let count = 0;
  for (const grant of await grants.list({ live: true, limit: all, now: clock.now() })) {
    const what = await ofGrant(deps, grant);
    if (!matches(what) || !(await grants.revoke(grant.id, by.id ?? by.kind, whyOf(by), clock.now()))) continue;
    count += 1;
    sessions.add(sessionText(what));
  }
  return count;
}

/** A grant that is for no session in particular outlives the end of one. */
async function ofGrant(
  { store }: Pick<ApprovalsDeps, "store">,
  { approval_id, binding, scope }: Grant,
): Promise<Revocable> {
  const approval = await store.get(approval_id);
  const of = approval === null ? revocableBinding(binding) : { ...revocableBinding(binding), ...onlyOnCard(approval) };
  return scope.kind === "session" ? of : { ...of, sessions: [], sessionTrust: "token" };
}

function onlyOnCard(approval: Approval): Partial<Revocable> {
  const { client, behind, tasksAbove = [] } = revocableItem(approval);
  return { client, behind, tasksAbove };
}

/** The end of a held call or a grant in words, for people and callers. */
export function whyOf({ kind, reason }: EndedBy): string {
  switch (kind) {
    case "gateway":
      return `all calls were stopped: ${reason}`;
    case "task":
      return `the task ended: ${reason}`;
    case "limit":
      return `a limit was used up: ${reason}`;
    case "signal":
      return `a signal from outside: ${reason}`;
    case "token":
      return `the token ended: ${reason}`;
    default:
      return `the ${kind} was revoked: ${reason}`;
  }
}
