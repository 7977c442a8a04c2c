import * as client from "openid-client";
import { CredentialFailure } from "../../domain/credential.ts";
import { unreachable } from "../call-failure.ts";

/** Errors of RFC 6749 §5.2 that are about the gateway as a client, and not about whom a token is for. */
const aboutClient: ReadonlySet<string> = new Set([
  "invalid_client",
  "unauthorized_client",
  "unsupported_grant_type",
  "invalid_client_metadata",
]);

/**
 * What went wrong at an authorization server, by status and code alone: what it says in words may quote what it was sent.
 * @param server its identifier
 */
export function oauthFailure(server: string, thrown: unknown): CredentialFailure {
  if (thrown instanceof client.ResponseBodyError) {
    const { status, error } = thrown;
    const known = /^[a-z_]{1,60}$/.test(error) ? error : "an error that is no code";
    const kind = status >= 500 || status === 429 ? "unreachable" : aboutClient.has(error) ? "misconfigured" : "refused";
    return new CredentialFailure(kind, `${server} answered ${status} ${known}`);
  }
  if (thrown instanceof client.WWWAuthenticateChallengeError)
    return new CredentialFailure("misconfigured", `${server} answered ${thrown.status} to the gateway's client`);
  if (thrown instanceof client.ClientError) {
    const { cause, code } = thrown;
    if (cause instanceof Response) return answered(server, cause.status);
    if (code === "OAUTH_TIMEOUT") return new CredentialFailure("unreachable", `${server} did not answer in time`);
    if (cause instanceof client.ClientError || isNetworkFailure(cause)) return oauthFailure(server, cause);
    return new CredentialFailure("misconfigured", `${server} gave an answer that is not valid (${code ?? "unknown"})`);
  }
  return unreachable(server, thrown);
}

/** Those have a code that is not of the library, or another error inside that has one. */
function isNetworkFailure(cause: unknown): boolean {
  const { code, name } = (cause ?? {}) as { readonly code?: unknown; readonly name?: unknown };
  return (typeof code === "string" && !code.startsWith("OAUTH_")) || name === "TimeoutError" || name === "Refusal";
}

function answered(server: string, status: number): CredentialFailure {
  const kind = status >= 500 || status === 429 ? "unreachable" : "misconfigured";
  return new CredentialFailure(kind, `${server} answered ${status}`);
}
