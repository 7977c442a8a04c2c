import { hash } from "node:crypto";
import { Refusal } from "../domain/errors.ts";
import type { Exchange } from "../domain/exchange.ts";
import type { JsonObject } from "../domain/json.ts";
import type { Clock, Logger } from "../domain/ports.ts";
import type { Route } from "../domain/route.ts";
import type { Subject } from "../domain/subject.ts";
import type { ToolCall } from "../domain/tool-call.ts";
import { authorizationHeader, bearerToken } from "./bearer.ts";
import { checkClaims } from "./claim-rules.ts";
import { readCompactJws } from "./compact-jws.ts";
import { openDevIssuer } from "./dev-issuer.ts";
import { checkHeader } from "./header-rules.ts";
import type { KeySet } from "./key-set.ts";
import { createKeySet } from "./key-set.ts";
import { loadKeys } from "./load-keys.ts";
import type { KeyTiming } from "./loaded-keys.ts";
import { subjectOf } from "./subject-of.ts";
import type { VerifiedToken } from "./token-cache.ts";
import { createTokenCache } from "./token-cache.ts";
import type { KeySource, TrustedIssuer } from "./trusted-issuer.ts";
import { verifySignature } from "./verify-signature.ts";

export interface IdentifyOptions {
  readonly issuers: readonly TrustedIssuer[];
  readonly clock: Clock;
  readonly logger: Logger;
  /** Verified tokens kept; default 10,000. */
  readonly maxCached?: number;
  /** Raised whenever something was revoked: every token is then verified anew. Default: always 0. */
  readonly epoch?: () => number;
  /** Asked at each verification. Default: nothing is revoked. */
  readonly revoked?: (token: {
    readonly issuer: string;
    readonly subject: string;
    readonly claims: JsonObject;
  }) => boolean;
}

/** @throws Refusal with a credential_*, token_* or keys_unavailable code */
export type Identify = (exchange: Pick<Exchange, "req">, call: Pick<ToolCall, "route">) => Promise<Subject>;

interface Trusted {
  readonly issuer: TrustedIssuer;
  readonly keySet: KeySet;
}

/** A key file is cheap to read again; an editor that leaves it half-written is outlived by the last good set. */
const fileTiming: KeyTiming = { refreshMs: 5000, cooldownMs: 1000, staleMs: 1_800_000 };

export function createIdentify(options: IdentifyOptions): Identify {
  const epoch = options.epoch ?? (() => 0);
  const cache = createTokenCache({ max: options.maxCached ?? 10_000, nowMs: () => options.clock.now(), epoch });
  const trusted = new Map(
    options.issuers.map((issuer) => [issuer.issuer, { issuer, keySet: keySetOf(issuer, options) }]),
  );
  const scopes = new WeakMap<Route, string>();

  /** All that a verification depends on besides the token: the same token on another route is another question. */
  function scopeOf(route: Route): string {
    const known = scopes.get(route);
    if (known !== undefined) return known;
    const scope = hash("sha256", JSON.stringify([route.audience, route.issuers]), "base64url");
    scopes.set(route, scope);
    return scope;
  }

  return async function identify({ req }, { route }) {
    const header = authorizationHeader(req);
    const cacheKey = scopeOf(route) + hash("sha256", header, "base64url");
    const cached = cache.get(cacheKey);
    if (cached !== null) return cached.subject;
    const startedIn = epoch();
    const verified = await verifyToken(bearerToken(header), route, trusted, options);
    cache.set(cacheKey, { ...verified, epoch: startedIn });
    return verified.subject;
  };
}

/** The order matters: the issuer is pinned by the route before its keys are asked, and claims count only after the signature. */
async function verifyToken(
  token: string,
  route: Route,
  trusted: ReadonlyMap<string, Trusted>,
  options: IdentifyOptions,
): Promise<Omit<VerifiedToken, "epoch">> {
  const jws = readCompactJws(token);
  const { issuer, keySet } = pinnedIssuer(jws.payload["iss"], route, trusted);
  const header = checkHeader(jws.header, issuer.algorithms);
  const { key, thumbprint } = await keySet.find(header);
  await verifySignature(token, header.alg, key);
  const claims = jws.payload;
  const { expiresAt } = checkClaims(claims, { audience: route.audience, ...issuer }, options.clock.now());
  const subject = subjectOf(claims, issuer, expiresAt);
  if (options.revoked?.({ issuer: issuer.issuer, subject: subject.id, claims }) === true)
    throw new Refusal("token_revoked");
  return { subject, keySet, thumbprint, clockSkewMs: issuer.clockSkewMs };
}

function pinnedIssuer(iss: unknown, route: Route, trusted: ReadonlyMap<string, Trusted>): Trusted {
  const found = typeof iss === "string" && route.issuers.includes(iss) ? trusted.get(iss) : undefined;
  if (found !== undefined) return found;
  throw new Refusal("token_issuer_unknown", {
    detail: `iss ${JSON.stringify(iss)?.slice(0, 200)} is not trusted by route ${route.id}`,
  });
}

function keySetOf(issuer: TrustedIssuer, { clock, logger }: IdentifyOptions): KeySet {
  const surroundings = { clock, logger, issuer: issuer.issuer };
  if (!issuer.development) return createKeySet(loadKeys(issuer.keys), timingOf(issuer.keys), surroundings);
  const { publicKeys } = openDevIssuer(keyFileOf(issuer));
  return createKeySet(() => Promise.resolve(publicKeys), fileTiming, surroundings);
}

function timingOf(source: KeySource): KeyTiming {
  return source.kind === "file" ? fileTiming : source;
}

function keyFileOf(issuer: TrustedIssuer): string {
  if (issuer.keys.kind === "file") return issuer.keys.path;
  throw new Error(`the development issuer ${issuer.issuer} needs a key file`);
}
