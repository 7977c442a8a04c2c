import { Refusal } from "../domain/errors.ts";
import type { JsonObject, JsonValue } from "../lib/json.ts";

/** What the claims of a verified token must say to be good here and now. Times are seconds since the epoch. */
export interface ClaimRules {
  readonly audience: string;
  readonly maxLifetimeMs: number;
  readonly clockSkewMs: number;
  /** Issuers that need not say when a token was issued: its lifetime counts from now. */
  readonly issuedAtOptional?: boolean;
}

/** RFC 7519 §4.1 read without leniency: wrong types are refused, not skipped. Returns `exp`. */
export function checkClaims(claims: JsonObject, rules: ClaimRules, nowMs: number): number {
  checkAudience(claims["aud"], rules.audience);
  const skew = rules.clockSkewMs / 1000;
  const now = nowMs / 1000;
  const expiresAt = seconds(claims, "exp");
  const unsaid = rules.issuedAtOptional === true && claims["iat"] === undefined;
  const issuedAt = unsaid ? Math.min(now, expiresAt - 1) : seconds(claims, "iat");
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

/** Equality of texts, no prefix, no pattern, no trailing slash forgiven. */
function checkAudience(aud: JsonValue | undefined, wanted: string): void {
  const named = Array.isArray(aud) ? aud : [aud];
  if (!named.every((one) => typeof one === "string"))
    throw new Refusal("token_audience", { hint: "it names no audience" });
  if (!named.includes(wanted))
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
