import { foldKey } from "./fold-key.ts";

/**
 * Access ended before its time: of everybody (the kill switch), of one caller, one session or one task.
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
  readonly session: string;
  readonly task: string | null;
}

/**
 * A session named by its agent is the agent's own, so a session is always one caller's. People type these names: to end the
 * access of somebody whose name differs in case alone is the lesser harm beside ending nobody's.
 */
export function revokes({ kind, issuer, target }: Revocation, call: Revocable): boolean {
  switch (kind) {
    case "gateway":
      return true;
    case "subject":
      return same(target, call.subject) && ofIssuer(issuer, call);
    case "session":
      return same(target, call.session) && ofIssuer(issuer, call);
    case "task":
      return same(target, call.task);
  }
}

function ofIssuer(issuer: string | null, call: Revocable): boolean {
  return issuer === null || same(issuer.replace(/\/$/, ""), call.issuer.replace(/\/$/, ""));
}

function same(one: string | null, other: string | null): boolean {
  return one !== null && other !== null && foldKey(one) === foldKey(other);
}
