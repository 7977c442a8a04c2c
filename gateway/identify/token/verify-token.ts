import { Refusal } from "../../domain/errors.ts";
import type { Clock, Finding, Logger } from "../../domain/ports.ts";
import type { Route } from "../../domain/route.ts";
import { readSpiffeId, type Subject, principalKey } from "../../domain/subject.ts";
import type { TrustedIssuer } from "../../domain/trusted-issuer.ts";
import type { JsonObject } from "../../lib/json.ts";
import { openDevIssuer } from "../dev-issuer.ts";
import { createIntrospector, type IntrospectionIssuer, introspectToken } from "./introspection.ts";
import { createKeySet, type KeySet, type KeyTiming, loadKeys } from "./key-set.ts";
import type { SentTokens } from "./sent-tokens.ts";
import { type JwtIssuer, readCompactJws, verifyJwt } from "./verify-jwt.ts";
import { hash } from "node:crypto";
import { type Credential, readCredential } from "../credential.ts";
import { type CheckedClaims, isExpired, type KeyBinding, keyBinding } from "./claims.ts";
import { rememberTokenValidity } from "../credential-validity.ts";
import { subjectOf } from "./subject.ts";
import type { JSONWebKeySet } from "jose";
import type { Socket } from "node:net";
import type { TaskTokens } from "../task-token/task-tokens.ts";
import { FairShare } from "../../domain/fair-share.ts";
import { callerAddress } from "../../lib/request-headers.ts";
import { oncePer } from "../../lib/caches.ts";

export interface VerifyDeps {
  readonly clock: Clock;
  readonly issuers: TokenIssuers;
  /** The gateway's own tokens, of tasks; absent where there are none. */
  readonly tasks?: TaskTokens;
  /** Gets those whose issuer is asked again; absent: none is. */
  readonly sentTokens?: Pick<SentTokens, "remember">;
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
  /** Thumbprint of the issuer's key that the agent's own token is signed with; null when it is not signed. */
  readonly key: string | null;
  /** SHA-256 of the token, base64url (RFC 9449 §4.1). */
  readonly ath: string;
  /** Whether the verification is still valid at this time (milliseconds since the epoch): lifetime, key, issuer's answer. */
  readonly holds: (nowMs: number) => boolean;
}

/**
 * Verifies everything about a token except possession of its key (`provePossession`, for each call). The order matters:
 * the route pins the issuer before a key is looked up or a request is sent.
 * @throws Refusal token_*, keys_unavailable, introspection_unavailable
 */
export async function verifyToken(sent: SentToken, route: Route, deps: VerifyDeps): Promise<VerifiedToken> {
  const { issuer, claims, expiresAt, key, lastsUntil, stillGood, isKeyWithdrawn } = await checkToken(sent, route, deps);
  const binding = keyBinding(claims);
  const ath = hash("sha256", sent.token, "base64url");
  const subject = subjectOf({ claims, issuer, expiresAt, binding, digest: ath });
  rememberTokenValidity(subject, { until: lastsUntil * 1_000 + issuer.clockSkewMs, isKeyWithdrawn });
  const holds = (nowMs: number) => !isExpired(expiresAt, issuer.clockSkewMs, nowMs) && stillGood();
  return { subject, issuer, scheme: sent.scheme, binding, key, ath, holds };
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

/** Places for tokens. One with a long text of its task takes several, so that all texts together take 40 MB at most. */
const maxTokens = 10_000;

/** Characters of a task's text for one further place; two bytes each. */
const placeCharacters = 2 * 1024;

/**
 * A verifier with a cache of verified tokens. Proof of possession (DPoP, client certificate) is not part of it.
 * @throws Refusal credential_*, token_*, keys_unavailable, introspection_unavailable (by the verifier)
 */
export function createTokenVerifier(deps: VerifyDeps): TokenVerifier {
  const cache = createTokenCache(maxTokens, deps.clock);
  const keyOf = createKeyOf();

  async function verify(key: string, header: string, route: Route, socket: Socket): Promise<VerifiedToken> {
    const sent = { ...readCredential(header), address: callerAddress(socket.remoteAddress) };
    // The agent's issuer cannot be asked about a token that the gateway has made of the agent's own.
    const ofTask = deps.tasks?.verify(sent, route, deps.issuers) ?? null;
    const verified = await (ofTask ?? verifyToken(sent, route, deps));
    if (ofTask === null) deps.sentTokens?.remember(verified.subject.token, sent.token, verified.issuer);
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

/** At most `max` tokens, fewer where they are large, with a share for each subject; the oldest goes first. */
export function createTokenCache(max: number, clock: Clock): TokenCache {
  const perAsker = Math.ceil(max / 10);
  const entries = new FairShare<VerifiedToken>({ capacity: max, perAsker, clock, full: "forget", placesOf });
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

/** Claims are bounded by themselves; the text of a task may be larger than all the rest. */
function placesOf({ subject }: VerifiedToken): number {
  return 1 + Math.ceil((subject.taskText?.text.length ?? 0) / placeCharacters);
}

interface LastSent {
  readonly header: string;
  readonly scope: string;
  readonly key: string;
}

/**
 * Makes cache keys: the route's scope and the header's SHA-256, base64url. A caller repeats its header on a connection,
 * so the last header and key are kept with the connection; beside `SentTokens` no token is kept as text anywhere else.
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

/** Issuers of tokens by `trust`, each with the way to check what it issued. */
export type TokenIssuers = ReadonlyMap<string, JwtIssuer | IntrospectionIssuer>;

export interface IssuerDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  /** The secret behind a reference; read for each question, so that a rotated one counts. */
  readonly secret: (reference: string) => string;
  /** The public keys of what the gateway signs itself; absent where it is no issuer. */
  readonly ownKeys?: () => Promise<JSONWebKeySet>;
}

/** Opens the issuers of tokens; those of certificates (spiffe-x509) are left out. */
export function tokenIssuers(issuers: readonly TrustedIssuer[], deps: IssuerDeps): TokenIssuers {
  return new Map(
    issuers
      .filter(({ kind }) => kind !== "spiffe-x509")
      .map((issuer) => [issuer.trust, openIssuer(issuer, deps)] as const),
  );
}

/**
 * The issuer that the route pins for these claims, before any of its keys is looked up.
 * A JWT-SVID is its trust domain's, whatever `iss` it has beside (JWT-SVID §3 gives `iss` no meaning).
 * @throws Refusal token_issuer_unknown
 */
export function pinnedIssuer(claims: JsonObject, route: Route, issuers: TokenIssuers): JwtIssuer | IntrospectionIssuer {
  const { iss, sub } = claims;
  const svid = readSpiffeId(sub);
  const names = [
    ...(typeof iss === "string" ? [iss, `introspection:${iss}`] : []),
    ...(svid === null ? [] : [`spiffe-jwt:spiffe://${svid.trustDomain}`]),
  ];
  for (const name of names) {
    const found = route.issuers.includes(name) ? issuers.get(name) : undefined;
    if (found !== undefined) return found;
  }
  throw new Refusal("token_issuer_unknown", {
    detail: `iss ${JSON.stringify(iss)?.slice(0, 200)} is not trusted by route ${route.id}`,
  });
}

/** The introspection issuer of a route for opaque tokens, which do not name their issuer; null when it has none. */
export function introspectionIssuer(route: Route, issuers: TokenIssuers): IntrospectionIssuer | null {
  for (const name of route.issuers) {
    const found = issuers.get(name);
    if (found !== undefined && "introspector" in found) return found;
  }
  return null;
}

function openIssuer(issuer: TrustedIssuer, deps: IssuerDeps): JwtIssuer | IntrospectionIssuer {
  const { introspection, kind } = issuer;
  if (introspection === null || kind !== "introspection") return { issuer, keySet: keySetOf(issuer, deps) };
  return { issuer, introspector: createIntrospector({ ...issuer, introspection }, deps) };
}

/** A key file is cheap to read again; the last good set stays in use while an editor has the file half-written. */
export const fileTiming: KeyTiming = { refreshMs: 5000, cooldownMs: 1000, staleMs: 1_800_000 };

/** Keys are in the store, which is as near as memory. */
export const ownKeyTiming: KeyTiming = { refreshMs: 5_000, cooldownMs: 1_000, staleMs: 60_000 };

function keySetOf({ kind, issuer, development, keys }: TrustedIssuer, { clock, logger, ownKeys }: IssuerDeps): KeySet {
  if (keys.kind === "own") {
    if (ownKeys === undefined) throw new Error(`the gateway has no keys to be the issuer ${issuer}`);
    return createKeySet(ownKeys, ownKeyTiming, { clock, logger, issuer });
  }
  const use = kind === "spiffe-jwt" ? "jwt-svid" : "sig";
  const deps = { clock, logger, issuer, use } as const;
  if (!development) return createKeySet(loadKeys(keys), keys.kind === "url" ? keys : fileTiming, deps);
  if (keys.kind !== "file") throw new Error(`the development issuer ${issuer} needs a key file`);
  const { publicKeys } = openDevIssuer(keys.path);
  return createKeySet(() => Promise.resolve(publicKeys), fileTiming, deps);
}

/** Issuers whose tokens cannot be verified, or not much longer. The gateway's own keys are in the store, which has findings of its own. */
export function keyFindings(issuers: TokenIssuers): Finding[] {
  return [...issuers.values()].flatMap((opened) => {
    if (!("keySet" in opened) || opened.issuer.keys.kind === "own") return [];
    const problem = opened.keySet.problem();
    if (problem === null) return [];
    const { why, since, hasOldKeys } = problem;
    const effect = hasOldKeys ? "the keys that were loaded before count for a while" : "its tokens are refused";
    return [
      {
        name: "issuer-keys",
        problem: `there are no usable keys of issuer ${opened.issuer.issuer} since ${new Date(since).toISOString()}, and ${effect}: ${why}`,
        fix: "mend the key set of the issuer, or where `jwks` of the issuer looks for it; it is loaded again by itself",
        severity: "degraded",
      },
    ];
  });
}
