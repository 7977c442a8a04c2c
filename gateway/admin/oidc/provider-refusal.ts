import * as client from "openid-client";
import { Refusal } from "../../domain/errors.ts";

/** What went wrong with the provider, as a refusal; the codes and tokens themselves are in none of its texts. */
export function providerRefusal(failure: unknown): Refusal {
  if (failure instanceof Refusal) return failure;
  const detail = describe(failure);
  if (failure instanceof client.AuthorizationResponseError)
    return new Refusal("login_declined", { hint: plain(failure.error), detail, cause: failure });
  if (failure instanceof client.ResponseBodyError && failure.error === "invalid_grant")
    return new Refusal("login_invalid", { hint: "the provider does not take its code back", detail, cause: failure });
  if (failure instanceof client.ClientError && checks.has(failure.code ?? ""))
    return new Refusal("login_invalid", { hint: plain(failure.code ?? ""), detail, cause: failure });
  return new Refusal("login_unavailable", { detail, cause: failure });
}

/** What the library calls an answer that is not the one this sign-in waits for; anything else is a fault on the way. */
const checks = new Set([
  "OAUTH_INVALID_RESPONSE",
  "OAUTH_JWT_CLAIM_COMPARISON_FAILED",
  "OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED",
  "OAUTH_JWT_TIMESTAMP_CHECK_FAILED",
  "OAUTH_KEY_SELECTION_FAILED",
  "OAUTH_PARSE_ERROR",
  // Parameters that only other flows than this one have, which whoever comes back can make up.
  "OAUTH_UNSUPPORTED_OPERATION",
]);

function describe(failure: unknown): string {
  const parts: string[] = [];
  for (let at = failure; at instanceof Error && parts.length < 4; at = at.cause) {
    const code = (at as { code?: unknown }).code;
    parts.push(typeof code === "string" ? `${at.message} (${code})` : at.message);
  }
  return parts.join(": ") || String(failure);
}

/** The other side's word, when it is one. */
function plain(text: string): string {
  return /^[A-Za-z0-9_.-]{1,60}$/.test(text) ? text : "no readable reason";
}
