import { type ActionBinding, between } from "./approval.ts";
import { Refusal } from "./errors.ts";
import { lookKey } from "../lib/look-alike.ts";
import type { Subject } from "./subject.ts";

/**
 * Access ended before its time: of everybody (the kill switch), of one caller with all who act for it, or of one session.
 * `task` is in stores of earlier versions, and matches nothing until the gateway knows tasks.
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

/** What a call or a held item is known by. */
export interface Revocable {
  readonly issuer: string;
  readonly subject: string;
  /** Ids of those whom the subject acts for, and of other actors in between. */
  readonly behind: readonly string[];
  readonly session: string;
  readonly task: string | null;
}

const nobody: readonly string[] = [];

/** Whose access a call also needs: whoever ends a person's access ends that of those who act for the person. */
export function behindOf({ actingFor, actorChain }: Pick<Subject, "actingFor" | "actorChain">): readonly string[] {
  return actingFor === null && actorChain.length === 0 ? nobody : [...(actingFor ? [actingFor.id] : []), ...actorChain];
}

/**
 * A session named by its agent is the agent's own, so a session is always one caller's. People type these names: to end the
 * access of somebody whose name differs in case alone, or looks the same, is the lesser harm beside ending nobody's.
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

/** What a bound call is known by, those who acted in between included. */
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

/** What a call of this subject in this session is known by. */
export function revocableOf(subject: Subject, session: string): Revocable {
  return { issuer: subject.issuer, subject: subject.id, behind: behindOf(subject), session, task: null };
}

/** @throws Refusal access_revoked, gateway_stopped */
export function assertNotRevoked(revocations: { against(call: Revocable): Revocation | null }, call: Revocable): void {
  const found = revocations.against(call);
  if (found === null) return;
  const code = found.kind === "gateway" ? "gateway_stopped" : "access_revoked";
  throw new Refusal(code, { hint: found.kind === "gateway" ? found.reason : `${found.kind}: ${found.reason}` });
}
