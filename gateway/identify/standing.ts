import type { Standing } from "../domain/ports.ts";
import type { EndedBy } from "../domain/revocation.ts";
import type { Subject } from "../domain/subject.ts";

/** What the verification of a token leaves behind for streams that outlive their request. */
export interface TokenFacts {
  /** Milliseconds since the epoch, with the skew that its issuer is allowed; Infinity when its issuer gives no end. */
  readonly until: number;
  /** Whether the key that signed it counts no longer; from memory. Sees to it that the key set is loaded anew in time. */
  readonly isKeyWithdrawn: () => boolean;
}

/** By the subject that was made of the token; both are dropped together. */
const known = new WeakMap<Subject, TokenFacts>();

export function keepTokenFacts(subject: Subject, facts: TokenFacts): void {
  known.set(subject, facts);
}

/** A subject of which nothing is known is that of a certificate, whose end has no skew. */
export const credentialStanding: Standing = {
  lost(subject, now) {
    const facts = known.get(subject);
    if (facts === undefined) return now >= subject.expiresAt * 1_000 ? expired : null;
    if (now >= facts.until) return expired;
    return facts.isKeyWithdrawn() ? withdrawn : null;
  },
};

const expired: EndedBy = { kind: "token", id: null, reason: "the caller's credential has expired" };
const withdrawn: EndedBy = { kind: "token", id: null, reason: "the issuer no longer publishes the key that signed it" };
