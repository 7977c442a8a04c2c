import { Refusal } from "../../domain/errors.ts";
import type { TrustedIssuer } from "../../domain/trusted-issuer.ts";
import { type JsonObject, type JsonValue, claimSteps } from "../../lib/json.ts";
import { isDeceptive } from "../../lib/look-alike.ts";

/** The claims of a token whose origin and times were checked. */
export interface CheckedClaims {
  readonly issuer: TrustedIssuer;
  readonly claims: JsonObject;
  /** Seconds since the epoch. */
  readonly expiresAt: number;
  /** RFC 7638 thumbprint of the key that signed it; null when its issuer answers for it in another way. */
  readonly key: string | null;
  /** Whether the issuer's key or answer still counts, without waiting. */
  readonly stillGood: () => boolean;
  /** Seconds since the epoch after which it is over, whoever is asked; Infinity when its issuer gave it no end. */
  readonly lastsUntil: number;
  /** Whether its issuer has withdrawn the key that signed it. */
  readonly isKeyWithdrawn: () => boolean;
}

/** Rules that the claims of a token must meet. */
interface ClaimRules {
  /** The route's identifier, exactly. */
  readonly audience: string;
  readonly maxLifetimeMs: number;
  readonly clockSkewMs: number;
  /** Issuers that need not say when a token was issued: its lifetime counts from now. */
  readonly issuedAtOptional?: boolean;
}

/**
 * Checks `aud`, `exp`, `iat` and `nbf` (RFC 7519 §4.1) without leniency: wrong types are refused, not skipped.
 * @returns `exp`, seconds since the epoch
 * @throws Refusal token_audience, token_expired, token_not_yet_valid, token_lifetime, token_invalid
 */
export function checkClaims(claims: JsonObject, rules: ClaimRules, nowMs: number): number {
  checkAudience(claims["aud"], rules.audience);
  const skew = rules.clockSkewMs / 1000;
  const now = nowMs / 1000;
  const expiresAt = seconds(claims, "exp");
  const iatMissing = rules.issuedAtOptional === true && claims["iat"] === undefined;
  const issuedAt = iatMissing ? Math.min(now, expiresAt - 1) : seconds(claims, "iat");
  if (isExpired(expiresAt, rules.clockSkewMs, nowMs)) throw new Refusal("token_expired");
  if (issuedAt > now + skew) throw new Refusal("token_not_yet_valid", { hint: "it was issued in the future" });
  if (claims["nbf"] !== undefined && seconds(claims, "nbf") > now + skew) throw new Refusal("token_not_yet_valid");
  if (expiresAt <= issuedAt) throw new Refusal("token_invalid", { hint: "it expires before it was issued" });
  if ((expiresAt - issuedAt) * 1000 > rules.maxLifetimeMs) {
    throw new Refusal("token_lifetime", { hint: `at most ${rules.maxLifetimeMs / 1000} seconds` });
  }
  return expiresAt;
}

export function isExpired(expiresAt: number, clockSkewMs: number, nowMs: number): boolean {
  return nowMs >= expiresAt * 1000 + clockSkewMs;
}

/** Equal texts only: no prefix, no pattern, no forgiven trailing slash. */
function checkAudience(aud: JsonValue | undefined, wanted: string): void {
  const audiences = Array.isArray(aud) ? aud : [aud];
  if (!audiences.every((one) => typeof one === "string"))
    throw new Refusal("token_audience", { hint: "it names no audience" });
  if (!audiences.includes(wanted))
    throw new Refusal("token_audience", {
      hint: `this route is ${wanted}`,
      detail: `aud ${JSON.stringify(aud)}, wanted ${wanted}`,
    });
}

function seconds(claims: JsonObject, name: string): number {
  const value = claims[name];
  if (typeof value !== "number" || !Number.isFinite(value) || value < 0 || value > 1e11) {
    throw new Refusal("token_invalid", { hint: `its ${name} is not a time` });
  }
  return value;
}

/** The keys a token is bound to (RFC 7800 `cnf`): each that is named must be proven. */
export interface KeyBinding {
  /** RFC 7638 thumbprint of a DPoP key (RFC 9449 §6.1). */
  readonly jkt: string | null;
  /** SHA-256 of a client certificate (RFC 8705 §3.1), base64url. */
  readonly x5t: string | null;
}

const confirmations = new Set(["jkt", "x5t#S256"]);

/**
 * The keys that `cnf` binds a token to; null for a bearer token. An unknown confirmation method is refused, never skipped.
 * @throws Refusal token_invalid, token_proof_missing
 */
export function keyBinding(claims: JsonObject): KeyBinding | null {
  const cnf = claims["cnf"];
  if (cnf === undefined) return null;
  if (typeof cnf !== "object" || cnf === null || Array.isArray(cnf))
    throw new Refusal("token_invalid", { hint: "its claim cnf is not an object" });
  const names = Object.keys(cnf);
  const unknown = names.find((name) => !confirmations.has(name));
  if (unknown !== undefined || names.length === 0) {
    throw new Refusal("token_proof_missing", {
      hint: "it is bound in a way that is not known here",
      detail: `cnf has ${names.join(", ").slice(0, 200)}`,
    });
  }
  return { jkt: digest(cnf as JsonObject, "jkt"), x5t: digest(cnf as JsonObject, "x5t#S256") };
}

function digest(cnf: JsonObject, name: string): string | null {
  const value = cnf[name];
  if (value === undefined) return null;
  if (typeof value === "string" && /^[A-Za-z0-9_-]{43}$/.test(value)) return value;
  throw new Refusal("token_invalid", { hint: `its cnf.${name} is not a SHA-256 in base64url` });
}

/**
 * The claim of that name, or at that JSON pointer when the name begins with "/"; null when it is absent or null.
 * @throws Refusal token_invalid when the pointer leads through a text or a number: the claim cannot be read, which must
 * not count as absent
 */
export function strictClaimAt(claims: JsonObject, name: string): JsonValue {
  let value: JsonValue = claims;
  for (const step of claimSteps(name)) {
    if (typeof value !== "object")
      throw new Refusal("token_invalid", { hint: `its claim ${name} is inside no object` });
    if (value === null || !Object.hasOwn(value, step)) return null;
    value = (value as JsonObject)[step] ?? null;
  }
  return value;
}

/** A list of texts, or one text with spaces between its words (RFC 6749 §3.3). Anything else is refused, not an empty list. */
export function wordsAt(claims: JsonObject, name: string): readonly string[] {
  const value = strictClaimAt(claims, name);
  if (value === null) return [];
  const words = typeof value === "string" ? value.split(" ").filter((word) => word !== "") : value;
  if (Array.isArray(words) && words.length <= 256 && words.every((word) => typeof word === "string")) return words;
  throw new Refusal("token_invalid", { hint: `its claim ${name} is not a list of texts` });
}

export function textAt(claims: JsonObject, name: string, maxLength = 256): string | null {
  const value = strictClaimAt(claims, name);
  return value === null ? null : identifier(value, name, maxLength);
}

/**
 * The name of a caller or person, without invisible characters: people could not tell apart two names that policy,
 * approvers and records treat as different.
 */
export function subjectName(value: JsonValue | undefined, name: string): string {
  const id = identifier(value, name);
  if (!isDeceptive(id)) return id;
  throw new Refusal("token_invalid", { hint: `its claim ${name} has a character that nobody sees` });
}

/** A text that is safe as an identifier in records and keys: not empty, at most `maxLength`, without control characters. */
function identifier(value: JsonValue | undefined, name: string, maxLength = 256): string {
  if (typeof value !== "string" || value === "" || value.length > maxLength || /\p{C}/u.test(value)) {
    const bound = maxLength === Infinity ? "" : ` of at most ${maxLength} characters`;
    throw new Refusal("token_invalid", { hint: `its claim ${name} is not a plain text${bound}` });
  }
  return value;
}
