import { hash } from "node:crypto";
import type { GrantScope } from "../decision.ts";
import { Refusal } from "../errors.ts";

/** What a passkey signature of a vote covers: one decision about one held call. */
export interface PasskeyQuestion {
  readonly approval: string;
  readonly actionDigest: string;
  readonly vote: "approve" | "deny";
  /** The permission wider than this one call that goes with an approval; null for once. */
  readonly grant: GrantScope | null;
  /** Chosen by the server, used once. */
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

/** The call that was executed under an Idempotency-Key of one caller on one route. */
export interface KeyUse {
  /** Whether it is the same call as the current one. */
  readonly same: boolean;
  readonly busy: boolean;
}

/**
 * Refuses a key that was used for another call, for a call in progress, or for a call that was executed
 * (draft-ietf-httpapi-idempotency-key-header §2.6).
 * @throws Refusal idempotency_reused, idempotency_busy, approval_consumed
 */
export function assertUnused(use: KeyUse | null, headers: Readonly<Record<string, string>> = {}): void {
  if (use === null) return;
  if (!use.same) throw new Refusal("idempotency_reused");
  throw new Refusal(use.busy ? "idempotency_busy" : "approval_consumed", { headers });
}
