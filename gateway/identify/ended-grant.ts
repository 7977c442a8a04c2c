import { Refusal } from "../domain/errors.ts";
import type { Revocations } from "../domain/ports.ts";
import { revocableOf } from "../domain/revocation.ts";
import { type Subject, unnamedSession } from "../domain/subject.ts";

export interface EndedGrantDeps {
  /** The gateway's own authorization server. */
  readonly issuer: string;
  readonly revocations: Pick<Revocations, "against" | "refresh">;
  /** Whether the grant of the access token with this digest has ended. */
  readonly hasEnded: (digest: string) => Promise<boolean>;
}

/** Null when nothing has to be waited for. Rejects with Refusal token_ended */
export type AssertGrant = (subject: Subject) => Promise<void> | null;

/**
 * Refuses a token of the gateway's own authorization server whose grant has ended: its client gave it back, or a refresh token was
 * used twice. That is invalid_token (RFC 6750 §3.1), with which clients sign in anew. Where somebody has ended more than the token,
 * signing in does not help: nothing is refused here, and the call is told that access was ended.
 */
export function createAssertGrant({ issuer, revocations, hasEnded }: EndedGrantDeps): AssertGrant {
  async function assertStands(subject: Subject, refreshed: Promise<void> | null): Promise<void> {
    await refreshed;
    const digest = subject.token?.digest ?? "";
    if (endsToken(subject) && (await hasEnded(digest))) throw new Refusal("token_ended");
  }

  function endsToken(subject: Subject): boolean {
    const found = revocations.against(revocableOf(subject, subject.session ?? unnamedSession(subject)));
    return found?.kind === "token";
  }

  return function assertGrant(subject) {
    if (subject.issuer !== issuer) return null;
    const refreshed = revocations.refresh();
    return refreshed === null && !endsToken(subject) ? null : assertStands(subject, refreshed);
  };
}
