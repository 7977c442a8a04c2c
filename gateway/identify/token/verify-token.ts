import { hash } from "node:crypto";
import type { Clock } from "../../domain/ports.ts";
import type { Route } from "../../domain/route.ts";
import { type Subject, principalKey } from "../../domain/subject.ts";
import type { TrustedIssuer } from "../../domain/trusted-issuer.ts";
import { type Credential, readCredential } from "../credential.ts";
import { type CheckedClaims, isExpired, type KeyBinding, keyBinding } from "./claims.ts";
import { readCompactJws, verifyJwt } from "./verify-jwt.ts";
import { introspectToken } from "./introspection.ts";
import { introspectionIssuer, pinnedIssuer, type TokenIssuers } from "./issuers.ts";
import { subjectOf } from "./subject.ts";
import type { Socket } from "node:net";
import { FairShare } from "../../domain/fair-share.ts";
import { callerAddress } from "../../lib/request-headers.ts";
import { oncePer } from "../../lib/caches.ts";

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
  /** The key that each call with this token must prove; caching a token never skips that proof. */
  readonly binding: KeyBinding | null;
  /** SHA-256 of the token, base64url (RFC 9449 §4.1). */
  readonly ath: string;
  /** Whether the verification is still valid at this time (milliseconds since the epoch): lifetime, key, issuer's answer. */
  readonly holds: (nowMs: number) => boolean;
}

/**
 * Verifies everything about a token except possession of its key (`possession.ts`, for each call). The order matters:
 * the route pins the issuer before a key is looked up or a request is sent.
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

/** Verifies the token of an Authorization header for a route; synchronous for a cached token. */
type TokenVerifier = (socket: Socket, header: string, route: Route) => VerifiedToken | Promise<VerifiedToken>;

const maxTokens = 10_000;

/**
 * A verifier with a cache of verified tokens. Proof of possession (DPoP, client certificate) is not part of it.
 * @throws Refusal credential_*, token_*, keys_unavailable, introspection_unavailable (by the verifier)
 */
export function createTokenVerifier(deps: VerifyDeps): TokenVerifier {
  const cache = createTokenCache(maxTokens, deps.clock);
  const keyOf = createKeyOf();

  async function verify(key: string, header: string, route: Route, socket: Socket): Promise<VerifiedToken> {
    const sent = { ...readCredential(header), address: callerAddress(socket.remoteAddress) };
    const verified = await verifyToken(sent, route, deps);
    cache.set(key, verified);
    return verified;
  }

  return function verified(socket, header, route) {
    const key = keyOf(socket, route, header);
    return cache.get(key) ?? verify(key, header, route, socket);
  };
}

interface TokenCache {
  /** Null when the token is not known, or must be verified again: time, key or issuer's answer have changed. */
  get(key: string): VerifiedToken | null;
  set(key: string, verified: VerifiedToken): void;
}

/** At most `max` tokens, with a share for each subject; the oldest goes first. */
export function createTokenCache(max: number, clock: Clock): TokenCache {
  const entries = new FairShare<VerifiedToken>({ capacity: max, perAsker: Math.ceil(max / 10), clock, full: "forget" });
  return {
    get(key) {
      const verified = entries.get(key);
      if (verified === undefined) return null;
      if (verified.holds(clock.now())) return verified;
      entries.delete(key);
      return null;
    },
    set(key, verified) {
      entries.set(principalKey(verified.subject), key, verified);
    },
  };
}

interface LastSent {
  readonly header: string;
  readonly scope: string;
  readonly key: string;
}

/**
 * Makes cache keys: the route's scope and the header's SHA-256, base64url. A caller repeats its header on a connection,
 * so the last header and key are kept with the connection; no token is kept as text anywhere else.
 */
function createKeyOf(): (connection: object, route: Route, header: string) => string {
  const lastSent = new WeakMap<object, LastSent>();
  /** All that a verification depends on besides the token: on another route the same token is verified anew. */
  const scopeOf = oncePer(({ audience, issuers }: Route) =>
    hash("sha256", JSON.stringify([audience, issuers]), "base64url"),
  );
  return function keyOf(connection, route, header) {
    const scope = scopeOf(route);
    const last = lastSent.get(connection);
    if (last?.header === header && last.scope === scope) return last.key;
    const key = scope + hash("sha256", header, "base64url");
    lastSent.set(connection, { header, scope, key });
    return key;
  };
}
