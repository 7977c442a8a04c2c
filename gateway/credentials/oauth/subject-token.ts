import { hash } from "node:crypto";
import { CredentialFailure } from "../../domain/credential.ts";
import type { SubjectToken } from "../../domain/oauth-credential.ts";
import type { CredentialWish } from "../../domain/ports.ts";
import { delegationOf } from "../delegation.ts";
import type { AuthorizationServer } from "./server.ts";

export const tokenTypes = "urn:ietf:params:oauth:token-type:";
export const tokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange";

export interface KnownSubjectToken {
  readonly token: string;
  /** What of it belongs to the key of a cached token; nothing secret. */
  readonly key: string | null;
  /** Of the token, which what is made of it does not outlive; null: of no token that ends. */
  readonly endsAt: number | null;
}

/** The token that says for whom the call is made. @throws CredentialFailure when the caller has presented none */
export function subjectTokenFor(
  { from }: SubjectToken,
  wish: CredentialWish,
  server: AuthorizationServer,
): KnownSubjectToken {
  const { subject } = wish;
  if (from === "signed") return { token: server.assertion(delegationOf(subject)), key: null, endsAt: null };
  const token = wish.callerToken();
  if (token === null)
    throw new CredentialFailure("refused", "the caller proved itself without a token that could be exchanged");
  return { token, key: hash("sha256", token, "base64url"), endsAt: subject.expiresAt * 1_000 };
}

/** How long what is made of it may be used, in milliseconds; null: as long as it lives. */
export function mostMsOf({ ttlS }: CredentialWish, { endsAt }: KnownSubjectToken, now: number): number | null {
  const times = [...(ttlS === null ? [] : [ttlS * 1_000]), ...(endsAt === null ? [] : [Math.max(0, endsAt - now)])];
  return times.length === 0 ? null : Math.min(...times);
}
