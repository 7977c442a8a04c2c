import { hash } from "node:crypto";
import type { GrantScope } from "../decision.ts";

/** What one passkey signature stands for: this answer to this item, and no other. */
export interface PasskeyQuestion {
  readonly approval: string;
  readonly actionDigest: string;
  readonly vote: "approve" | "deny";
  /** The permission wider than this one call that goes with an approval; null for once. */
  readonly grant: GrantScope | null;
  /** The server's, used once. */
  readonly nonce: string;
}

/**
 * The WebAuthn challenge of a vote (https://www.w3.org/TR/webauthn-3/#sctn-cryptographic-challenges): SHA-256 over
 * `sallyport-webauthn-v1`, action digest, approval, decision and nonce, with a zero byte between each two; in base64url.
 * The decision is `approve` or `deny`; a wider permission follows it after a blank, as a JSON list of kind, uses, seconds and same.
 */
export function passkeyChallenge({ approval, actionDigest, vote, grant, nonce }: PasskeyQuestion): string {
  const decision = grant === null ? vote : `${vote} ${permission(grant)}`;
  const text = ["sallyport-webauthn-v1", actionDigest, approval, decision, nonce].join("\0");
  return hash("sha256", text, "base64url");
}

function permission({ kind, uses, seconds, same }: GrantScope): string {
  return JSON.stringify([kind, uses, seconds, same]);
}
