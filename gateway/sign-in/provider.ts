import * as client from "openid-client";
import { Refusal } from "../domain/errors.ts";
import type { Logger } from "../domain/ports.ts";
import { type JsonObject, pointerSteps } from "../lib/json.ts";
import type { Discovery } from "./discovery.ts";

/** What the request to the provider carried, and the answer must match. */
export interface Expected {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** Who came back, as the provider says: its signature is verified, its claims are not yet read. */
export interface VerifiedIdentity {
  readonly issuer: string;
  readonly subject: string;
  /** Of the ID token; beside them those that only the userinfo endpoint gives. */
  readonly claims: JsonObject;
  readonly idToken: string;
}

export interface Provider {
  /** @throws Refusal login_unavailable */
  authorizationUrl(parameters: Record<string, string>): Promise<string>;
  /** @throws Refusal login_declined, login_invalid, login_unavailable */
  redeem(cameBackTo: URL, expected: Expected, wanted: readonly string[]): Promise<VerifiedIdentity>;
  /** Null where the provider announces no such address. */
  endSessionUrl(parameters: Record<string, string>): Promise<string | null>;
}

/** The requests of one provider; whatever fails becomes a refusal. */
export function createProvider(discovery: Discovery, logger: Logger): Provider {
  async function ask<T>(work: (known: client.Configuration) => Promise<T>): Promise<T> {
    try {
      return await work(await discovery.configuration());
    } catch (failure) {
      const refusal = providerRefusal(failure);
      logger.warn("sign-in: the identity provider's answer was refused", {
        code: refusal.code,
        detail: refusal.detail,
      });
      // A changed secret or endpoint is found out by another look-up.
      if (refusal.code === "login_unavailable") discovery.markOutdated();
      throw refusal;
    }
  }

  return {
    authorizationUrl: (parameters) => ask(async (known) => client.buildAuthorizationUrl(known, parameters).href),
    redeem: (cameBackTo, expected, wanted) => ask((known) => redeem(known, cameBackTo, expected, wanted)),
    endSessionUrl: (parameters) =>
      ask(async (known) => {
        if (known.serverMetadata().end_session_endpoint === undefined) return null;
        return client.buildEndSessionUrl(known, parameters).href;
      }),
  };
}

/** State, issuer (RFC 9207), code with its verifier (RFC 7636), signature, audience, nonce and times of the ID token. */
async function redeem(
  known: client.Configuration,
  cameBackTo: URL,
  { state, nonce, verifier }: Expected,
  wanted: readonly string[],
): Promise<VerifiedIdentity> {
  const tokens = await client.authorizationCodeGrant(known, cameBackTo, {
    expectedState: state,
    expectedNonce: nonce,
    pkceCodeVerifier: verifier,
    idTokenExpected: true,
  });
  const claims = tokens.claims();
  if (claims === undefined || tokens.id_token === undefined)
    throw new Refusal("login_invalid", { hint: "there is no ID token" });
  const more = await userinfo(known, tokens.access_token, claims, wanted);
  const all = { ...more, ...claims } as unknown as JsonObject;
  return { issuer: claims.iss, subject: claims.sub, claims: all, idToken: tokens.id_token };
}

/** Asked only for what the ID token leaves out; its `sub` must be the same (OpenID Connect Core 1.0 §5.3.4). */
async function userinfo(
  known: client.Configuration,
  accessToken: string,
  claims: client.IDToken,
  wanted: readonly string[],
): Promise<object> {
  const missing = wanted.some((name) => !Object.hasOwn(claims, name.startsWith("/") ? topOf(name) : name));
  if (!missing || known.serverMetadata().userinfo_endpoint === undefined) return {};
  return client.fetchUserInfo(known, accessToken, claims.sub);
}

/** The member that a JSON pointer begins at. */
function topOf(pointer: string): string {
  return pointerSteps(pointer)[0] ?? "";
}

/** What went wrong with the provider, as a refusal; the codes and tokens themselves are in none of its texts. */
function providerRefusal(failure: unknown): Refusal {
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
