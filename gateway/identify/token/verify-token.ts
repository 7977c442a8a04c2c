import { hash } from "node:crypto";
import type { Clock } from "../../domain/ports.ts";
import type { Route } from "../../domain/route.ts";
import type { Subject } from "../../domain/subject.ts";
import type { TrustedIssuer } from "../../domain/trusted-issuer.ts";
import type { Credential } from "../credential.ts";
import { type CheckedClaims, isExpired, type KeyBinding, keyBinding } from "./claims.ts";
import { readCompactJws } from "./compact-jws.ts";
import { introspectToken } from "./introspection.ts";
import { introspectionIssuer, pinnedIssuer, type TokenIssuers } from "./issuers.ts";
import { subjectOf } from "./subject.ts";
import { verifyJwt } from "./verify-jwt.ts";

export interface VerifyDeps {
  readonly clock: Clock;
  readonly issuers: TokenIssuers;
}

/** A token as it was sent, with the key from `callerAddress` of who sent it. */
export interface SentToken extends Credential {
  readonly address: string;
}

/** One verified token on one route. */
export interface VerifiedToken {
  readonly subject: Subject;
  readonly issuer: TrustedIssuer;
  readonly scheme: "bearer" | "dpop";
  /** What each call with it has yet to prove; a cached token is never a proven one. */
  readonly binding: KeyBinding | null;
  /** SHA-256 of the token, base64url (RFC 9449 §4.1). */
  readonly ath: string;
  /** Whether the verification is still good at this time (milliseconds since the epoch): lifetime, key, issuer's answer. */
  readonly holds: (nowMs: number) => boolean;
}

/**
 * Verifies everything about a token but the possession of its key (`possession.ts`, for each call).
 * The order matters: the route pins the issuer before any of its keys is looked up or any question is sent.
 * @throws Refusal token_*, keys_unavailable, introspection_unavailable
 */
export async function verifyToken(sent: SentToken, route: Route, deps: VerifyDeps): Promise<VerifiedToken> {
  const { issuer, claims, expiresAt, stillGood } = await checkToken(sent, route, deps);
  const binding = keyBinding(claims);
  const subject = subjectOf({ claims, issuer, expiresAt, binding });
  const holds = (nowMs: number) => !isExpired(expiresAt, issuer.clockSkewMs, nowMs) && stillGood();
  return { subject, issuer, scheme: sent.scheme, binding, ath: hash("sha256", sent.token, "base64url"), holds };
}

/** A JWT is verified by its issuer's keys, and every other token by the issuer's answer. */
async function checkToken(sent: SentToken, route: Route, { issuers, clock }: VerifyDeps): Promise<CheckedClaims> {
  const { token, address } = sent;
  const opaque = isJwt(token) ? null : introspectionIssuer(route, issuers);
  if (opaque !== null) return introspectToken(token, address, opaque, route.audience, clock);
  const jws = readCompactJws(token);
  const pinned = pinnedIssuer(jws.payload, route, issuers);
  if ("introspector" in pinned) return introspectToken(token, address, pinned, route.audience, clock);
  return verifyJwt(jws, pinned, route.audience, clock);
}

/** The header of a JWS is a JSON object, so its base64url begins with that of a brace. */
function isJwt(token: string): boolean {
  return /^e[w-z][\w-]*\.[\w-]+\.[\w-]+$/.test(token);
}
