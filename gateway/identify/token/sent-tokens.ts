import type { SubjectToken } from "../../domain/subject.ts";
import type { TrustedIssuer } from "../../domain/trusted-issuer.ts";

/** A token as it was sent, and the issuer that can be asked about it. */
export interface AskableToken {
  readonly text: string;
  /** `TrustedIssuer.trust`. */
  readonly trust: string;
}

/**
 * Texts of verified tokens whose issuer is asked again while something stands on them. Kept as long as a subject of theirs is, and
 * nowhere else: a text is a credential.
 */
export class SentTokens {
  readonly #sent = new WeakMap<SubjectToken, AskableToken>();

  remember(token: SubjectToken | null, text: string, { trust, introspection }: TrustedIssuer): void {
    if (token !== null && (introspection?.recheckMs ?? 0) > 0) this.#sent.set(token, { text, trust });
  }

  /** null for one whose issuer is not asked again. */
  of(token: SubjectToken): AskableToken | null {
    return this.#sent.get(token) ?? null;
  }
}
