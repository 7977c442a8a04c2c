import type { JsonObject } from "../../lib/json.ts";
import { invalid } from "./read-proof.ts";
import { namesTarget } from "./target-uri.ts";

/** The one call that a proof must be about. */
export interface ProvenCall {
  readonly method: string;
  /** Public origin and path, without query. */
  readonly origin: string;
  readonly path: string;
  /** SHA-256 of the access token, base64url. */
  readonly ath: string;
}

export interface ProofWindow {
  readonly maxAgeMs: number;
  readonly clockSkewMs: number;
}

/** What makes a proof one of a kind. */
export interface ProofId {
  readonly jti: string;
  /** Milliseconds since the epoch. */
  readonly issuedMs: number;
}

/** RFC 9449 §4.3, steps 8 to 12 without the nonce. @throws Refusal proof_invalid */
export function checkProofClaims(claims: JsonObject, call: ProvenCall, window: ProofWindow, nowMs: number): ProofId {
  const { jti, htm, htu, ath } = claims;
  if (typeof jti !== "string" || jti === "" || jti.length > 256) throw invalid("its jti is not a text of 1 to 256");
  if (htm !== call.method) throw invalid("its htm is not the method of this call");
  if (typeof htu !== "string" || !namesTarget(htu, call.origin, call.path))
    throw invalid(`its htu is not ${call.origin}${call.path}`);
  if (ath !== call.ath) throw invalid("its ath is not the hash of this access token");
  const issued = seconds(claims, "iat");
  if (issued * 1000 > nowMs + window.clockSkewMs) throw invalid("its iat is in the future");
  if (issued * 1000 < nowMs - window.maxAgeMs - window.clockSkewMs) throw invalid("its iat is too long ago");
  if (claims["exp"] !== undefined && seconds(claims, "exp") * 1000 <= nowMs - window.clockSkewMs)
    throw invalid("it has expired");
  if (claims["nbf"] !== undefined && seconds(claims, "nbf") * 1000 > nowMs + window.clockSkewMs)
    throw invalid("it is not valid yet");
  return { jti, issuedMs: issued * 1000 };
}

/** Milliseconds after which the age of a proof used now refuses it, whatever its `iat` was. */
export function refusedAfterMs({ maxAgeMs, clockSkewMs }: ProofWindow): number {
  return maxAgeMs + 2 * clockSkewMs + 1000;
}

function seconds(claims: JsonObject, name: string): number {
  const value = claims[name];
  if (typeof value === "number" && Number.isFinite(value) && value >= 0 && value < 1e11) return value;
  throw invalid(`its ${name} is not a time`);
}
