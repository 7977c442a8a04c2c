import { hash } from "node:crypto";
import { Refusal } from "../domain/errors.ts";
import type { JsonObject } from "../lib/json.ts";
import type { Route } from "../domain/route.ts";
import { checkClaims, isExpired } from "./claim-rules.ts";
import { readCompactJws, type UnverifiedJws } from "./compact-jws.ts";
import type { Credential } from "./credential.ts";
import { checkHeader } from "./header-rules.ts";
import { answerClaims } from "./introspection/answer-claims.ts";
import type { Introspector } from "./introspection/introspector.ts";
import { keyBinding } from "./key-binding.ts";
import type { KeySet } from "./key-set.ts";
import { checkSvidClaims, checkSvidHeader } from "./jwt-svid.ts";
import { subjectOf } from "./subject-of.ts";
import type { VerifiedToken } from "./token-cache.ts";
import type { TrustedIssuer } from "./trusted-issuer.ts";
import { type Checker, issuerToAsk, pinned, type Surroundings } from "./trusted-issuers.ts";
import { verifySignature } from "./verify-signature.ts";

export interface VerifyOptions extends Surroundings {
  readonly checkers: ReadonlyMap<string, Checker>;
  /** Asked at each verification. */
  readonly revoked: (token: {
    readonly issuer: string;
    readonly subject: string;
    readonly claims: JsonObject;
  }) => boolean;
}

/** Who sent a token, as far as that is known before it is verified: a key from `callerAddress`. */
export interface Sender {
  readonly address: string;
}

/** What one way of checking found out, to be made into a subject. */
interface Checked {
  readonly issuer: TrustedIssuer;
  readonly claims: JsonObject;
  readonly expiresAt: number;
  readonly holds: (nowMs: number) => boolean;
}

/** Everything about a token but the possession of its key. The order matters: the issuer is pinned by the route first. */
export async function verifyToken(
  credential: Credential & Sender,
  route: Route,
  options: VerifyOptions,
): Promise<VerifiedToken> {
  const checked = await check(credential, route, options);
  const { issuer, claims, expiresAt } = checked;
  const binding = keyBinding(claims);
  const subject = subjectOf({ claims, issuer, expiresAt, binding });
  if (options.revoked({ issuer: issuer.issuer, subject: subject.id, claims })) throw new Refusal("token_revoked");
  const holds = (nowMs: number) => !isExpired(expiresAt, issuer.clockSkewMs, nowMs) && checked.holds(nowMs);
  const ath = hash("sha256", credential.token, "base64url");
  return { subject, issuer, scheme: credential.scheme, binding, ath, holds };
}

async function check(sent: Credential & Sender, route: Route, options: VerifyOptions): Promise<Checked> {
  const { token } = sent;
  const asked = isJwt(token) ? null : issuerToAsk(route, options.checkers);
  if (asked !== null && "introspector" in asked) return askAbout(sent, asked, route, options);
  const jws = readCompactJws(token);
  const found = pinned(jws.payload, route, options.checkers);
  if ("introspector" in found) return askAbout(sent, found, route, options);
  return verifySigned(jws, found, route, options);
}

/** The header of a JWS is a JSON object, so its base64url begins with that of a brace. */
function isJwt(token: string): boolean {
  return /^e[w-z][\w-]*\.[\w-]+\.[\w-]+$/.test(token);
}

interface Signer {
  readonly issuer: TrustedIssuer;
  readonly keySet: KeySet;
}

async function verifySigned(
  jws: UnverifiedJws,
  signer: Signer,
  route: Route,
  options: VerifyOptions,
): Promise<Checked> {
  const { issuer, keySet } = signer;
  const svid = issuer.kind === "spiffe-jwt";
  const header = svid ? checkSvidHeader(jws.header, issuer.algorithms) : checkHeader(jws.header, issuer.algorithms);
  const { key, thumbprint } = await keySet.find(header);
  await verifySignature(jws.token, header.alg, key);
  const claims = jws.payload;
  if (svid) checkSvidClaims(claims, issuer);
  const rules = { audience: route.audience, ...issuer, issuedAtOptional: svid };
  const expiresAt = checkClaims(claims, rules, options.clock.now());
  return { issuer, claims, expiresAt, holds: () => keySet.stillHolds(thumbprint) };
}

interface Asked {
  readonly issuer: TrustedIssuer;
  readonly introspector: Introspector;
}

/** The answer is used again for a short time only, and only for the same question: this token on a route like this one. */
async function askAbout(
  sent: Credential & Sender,
  asked: Asked,
  route: Route,
  { clock }: VerifyOptions,
): Promise<Checked> {
  const { issuer, introspector } = asked;
  const cacheMs = issuer.introspection?.cacheMs ?? 0;
  const knownUntil = clock.monotonic() + cacheMs;
  const claims = answerClaims(await introspector.ask(sent.token, sent.address), issuer);
  const now = clock.now();
  const assumed = { exp: Math.ceil((now + cacheMs) / 1000) + 1 };
  const rules = { audience: route.audience, ...issuer, issuedAtOptional: true };
  const expiresAt = checkClaims({ ...assumed, ...claims }, rules, now);
  return { issuer, claims, expiresAt, holds: () => clock.monotonic() < knownUntil };
}
