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

/** A session named by its agent is the agent's own, so a session is always one caller's. */
export function revokes({ kind, issuer, target }: Revocation, call: Revocable): boolean {
  switch (kind) {
    case "gateway":
      return true;
    case "subject":
      return target === call.subject && (issuer === null || issuer === call.issuer);
    case "session":
      return target === call.session && (issuer === null || issuer === call.issuer);
    case "task":
      return target === call.task && call.task !== null;
  }
}
