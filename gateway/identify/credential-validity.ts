import type { CredentialValidity } from "../domain/ports.ts";
import type { EndedBy } from "../domain/revocation.ts";
import type { Subject } from "../domain/subject.ts";

/** What the verification of a token finds out for streams that outlive their request. */
export interface TokenValidity {
  /** Milliseconds since the epoch, with the skew that its issuer is allowed; Infinity when its issuer gives no end. */
  readonly until: number;
  /** Whether its issuer has withdrawn the key that signed it; from memory. Also has the key set loaded anew when that is due. */
  readonly isKeyWithdrawn: () => boolean;
}

/** By the subject that was made of the token; both are dropped together. */
const known = new WeakMap<Subject, TokenValidity>();

export function rememberTokenValidity(subject: Subject, facts: TokenValidity): void {
  known.set(subject, facts);
}

/** A subject without an entry was identified by a certificate, whose end has no skew. */
export const credentialValidity: CredentialValidity = {
  endedBy(subject, now) {
    const facts = known.get(subject);
    if (facts === undefined) return now >= subject.expiresAt * 1_000 ? expired : null;
    if (now >= facts.until) return expired;
    return facts.isKeyWithdrawn() ? withdrawn : null;
  },
};

const expired: EndedBy = { kind: "token", id: null, reason: "the caller's credential has expired" };
const withdrawn: EndedBy = { kind: "token", id: null, reason: "the issuer no longer publishes the key that signed it" };
