import { type ActionBinding, between } from "./approval.ts";
import { Refusal } from "./errors.ts";
import { lookKey } from "../lib/look-alike.ts";
import type { Subject } from "./subject.ts";

/**
 * Access ended before its time: of everybody (the kill switch), of one caller with all who act for it, of one session, or of one
 * task.
 * Effective on the next call; what is held under it ends at once.
 */
export interface Revocation {
  readonly id: string;
  readonly kind: RevocationKind;
  readonly issuer: string | null;
  /** Subject id, session id or task id; null for the gateway itself. */
  readonly target: string | null;
  readonly reason: string;
  readonly by: string;
  readonly at: number;
}

export type RevocationKind = "gateway" | "subject" | "session" | "task";

/** The identifiers of a call or a held call that a revocation can match. */
export interface Revocable {
  readonly issuer: string;
  readonly subject: string;
  /** Ids of those whom the subject acts for, and of other actors in between. */
  readonly behind: readonly string[];
  readonly session: string;
  readonly task: string | null;
}

const noSubjects: readonly string[] = [];

/**
 * The other subjects whose access the call depends on: revoking a person's access also revokes that of agents acting
 * for the person.
 */
export function behindOf({ actingFor, actorChain }: Pick<Subject, "actingFor" | "actorChain">): readonly string[] {
  return actingFor === null && actorChain.length === 0
    ? noSubjects
    : [...(actingFor ? [actingFor.id] : []), ...actorChain];
}

/**
 * A session named by its agent belongs to that agent alone. People type these names, so names are compared loosely:
 * revoking a look-alike name too is less harmful than revoking none.
 */
export function revokes({ kind, issuer, target }: Revocation, call: Revocable): boolean {
  switch (kind) {
    case "gateway":
      return true;
    case "subject":
      return [call.subject, ...call.behind].some((id) => same(target, id)) && ofIssuer(issuer, call);
    case "session":
      return same(target, call.session) && ofIssuer(issuer, call);
    case "task":
      return same(target, call.task);
  }
}

/** The identifiers of a bound call, including the actors in between. */
export function revocableBinding(binding: ActionBinding): Revocable {
  const { subject, acting_for, session, task } = binding;
  const others = between(binding);
  const behind = acting_for === null ? others : [acting_for, ...others];
  return { issuer: subject.issuer, subject: subject.id, behind, session, task };
}

function ofIssuer(issuer: string | null, call: Revocable): boolean {
  return issuer === null || same(issuer.replace(/\/$/, ""), call.issuer.replace(/\/$/, ""));
}

function same(one: string | null, other: string | null): boolean {
  return one !== null && other !== null && lookKey(one) === lookKey(other);
}

/** The identifiers of a call of this subject in this session, and in the task that its token names. */
export function revocableOf(subject: Subject, session: string): Revocable {
  const { issuer, id, task } = subject;
  return { issuer, subject: id, behind: behindOf(subject), session, task };
}

/** @throws Refusal access_revoked, gateway_stopped */
export function assertNotRevoked(revocations: { against(call: Revocable): Revocation | null }, call: Revocable): void {
  const found = revocations.against(call);
  if (found === null) return;
  const code = found.kind === "gateway" ? "gateway_stopped" : "access_revoked";
  throw new Refusal(code, { hint: found.kind === "gateway" ? found.reason : `${found.kind}: ${found.reason}` });
}
