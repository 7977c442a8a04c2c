import { createPublicKey, type KeyObject } from "node:crypto";
import { calculateJwkThumbprint, compactVerify, type JWK } from "jose";
import { Refusal } from "../../domain/errors.ts";
import type { JsonObject } from "../../lib/json.ts";
import { weakness } from "../../lib/weak-key.ts";
import { readCompactJws, type UnverifiedJws } from "../token/verify-jwt.ts";
import { usableKeys } from "../../lib/usable-keys.ts";

/** A proof whose signature is valid under the key in its own header; its claims are not checked yet. */
interface SignedProof {
  readonly claims: JsonObject;
  /** RFC 7638. */
  readonly thumbprint: string;
}

const maxBytes = 8192;
/** Header members that could select another key or other rules for the verification. */
const refusedMembers = ["crit", "jku", "x5u", "x5c", "b64", "zip", "enc"];

/** Verifies header and signature of a proof (RFC 9449 §4.2 and §4.3, steps 2 to 7). @throws Refusal proof_invalid */
export async function readProof(text: string, algorithms: readonly string[]): Promise<SignedProof> {
  if (text.length > maxBytes) throw invalid(`it is longer than ${maxBytes} bytes`);
  const { header, payload } = parseProof(text);
  if (header["typ"] !== "dpop+jwt") throw invalid("its typ is not dpop+jwt");
  const found = refusedMembers.find((name) => Object.hasOwn(header, name));
  if (found !== undefined) throw invalid(`its header has ${found}`);
  const { alg } = header;
  if (typeof alg !== "string" || !algorithms.includes(alg))
    throw invalid(`its algorithm is not one of ${algorithms.join(", ")}`);
  const key = publicKey(header["jwk"], alg);
  try {
    await compactVerify(text, key, { algorithms: [alg] });
  } catch (failure) {
    throw invalid("its signature does not match its key", failure);
  }
  return { claims: payload, thumbprint: await calculateJwkThumbprint(key.export({ format: "jwk" })) };
}

function parseProof(text: string): UnverifiedJws {
  try {
    return readCompactJws(text);
  } catch (failure) {
    throw invalid(failure instanceof Refusal ? (failure.hint ?? "it is no JWT") : "it is no JWT", failure);
  }
}

function publicKey(jwk: unknown, alg: string): KeyObject {
  if (typeof jwk !== "object" || jwk === null || Array.isArray(jwk)) throw invalid("its header has no jwk");
  const { alg: madeFor } = jwk as JWK;
  if (madeFor !== undefined && madeFor !== alg) throw invalid("its jwk is for another algorithm");
  try {
    const [usable] = usableKeys({ keys: [jwk as JWK] });
    if (usable === undefined) throw new Error("the key is not one for signatures");
    const key = createPublicKey({ key: usable, format: "jwk" });
    const why = weakness(key);
    if (why !== null) throw new Error(`the key is too weak: ${why}`);
    return key;
  } catch (failure) {
    throw invalid("its jwk is not a public signature key", failure);
  }
}

export function invalid(hint: string, cause?: unknown): Refusal {
  const detail = cause instanceof Error ? { detail: `${hint}: ${cause.message}` } : {};
  return new Refusal("proof_invalid", { hint, ...detail, cause });
}

/** The one call that a proof must be about. */
export interface ProvenCall {
  readonly method: string;
  /** Public origin and path, without query. */
  readonly origin: string;
  readonly path: string;
  /** SHA-256 of the access token, base64url. */
  readonly ath: string;
  /** The token stands in the body of a token request (RFC 9449 §5), whose proof need not name it. */
  readonly mayOmitAth: boolean;
}

export interface ProofWindow {
  readonly maxAgeMs: number;
  readonly clockSkewMs: number;
}

/** Identifies a proof in the replay memory, together with its key. */
interface ProofId {
  readonly jti: string;
  /** Milliseconds since the epoch. */
  readonly issuedMs: number;
}

/** Checks that a proof is about this call and fresh (RFC 9449 §4.3, steps 8 to 12, without the nonce). @throws Refusal proof_invalid */
export function checkProofClaims(claims: JsonObject, call: ProvenCall, window: ProofWindow, nowMs: number): ProofId {
  const { jti, htm, htu, ath } = claims;
  if (typeof jti !== "string" || jti === "" || jti.length > 256) throw invalid("its jti is not a text of 1 to 256");
  if (htm !== call.method) throw invalid("its htm is not the method of this call");
  if (typeof htu !== "string" || !namesTarget(htu, call.origin, call.path))
    throw invalid(`its htu is not ${call.origin}${call.path}`);
  if (ath !== call.ath && !(ath === undefined && call.mayOmitAth))
    throw invalid("its ath is not the hash of this access token");
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

const absoluteUrl = /^(https?):\/\/([^/?#@\\\s]+)([^?#\s]*)(?:[?#].*)?$/i;

/**
 * Whether a proof's `htu` names this origin and path (RFC 9449 §4.3): query and fragment are left out, scheme and host
 * are compared without case and default port (RFC 3986 §6.2), the path as it stands. `origin` is the listener's public
 * one, never the request's Host: a proof made for another server must not be accepted here.
 */
function namesTarget(htu: string, origin: string, path: string): boolean {
  const [, scheme, authority, htuPath] = absoluteUrl.exec(htu) ?? [];
  if (scheme === undefined || authority === undefined) return false;
  return `${normalOrigin(scheme, authority)}${htuPath || "/"}` === `${originOf(origin)}${path}`;
}

function originOf(origin: string): string {
  const [, scheme = "", authority = ""] = absoluteUrl.exec(origin) ?? [];
  return normalOrigin(scheme, authority);
}

function normalOrigin(scheme: string, authority: string): string {
  const lower = scheme.toLowerCase();
  const port = lower === "https" ? ":443" : ":80";
  const host = authority.toLowerCase();
  return `${lower}://${host.endsWith(port) ? host.slice(0, -port.length) : host}`;
}

/** The path of a request target as the caller wrote it, from origin or absolute form (RFC 9112 §3.2). */
export function requestPath(url: string): string {
  const target = url.startsWith("/") ? url : (absoluteUrl.exec(url)?.[3] ?? "");
  const end = target.search(/[?#]/);
  return (end === -1 ? target : target.slice(0, end)) || "/";
}
