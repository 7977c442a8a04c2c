import { compactVerify } from "jose";
import jsonwebtoken from "jsonwebtoken";
import type { KeyObject } from "node:crypto";
import { Refusal } from "../../domain/errors.ts";
import type { Clock } from "../../domain/ports.ts";
import { readSpiffeId } from "../../domain/subject.ts";
import type { TrustedIssuer } from "../../domain/trusted-issuer.ts";
import type { JsonObject, JsonValue } from "../../lib/json.ts";
import { checkClaims, type CheckedClaims } from "./claims.ts";
import type { KeySet, KeyWanted } from "./key-set.ts";
import { parseJson } from "../../lib/parse-json.ts";

/** An issuer of signed tokens and its keys. */
export interface JwtIssuer {
  readonly issuer: TrustedIssuer;
  readonly keySet: KeySet;
}

/**
 * Verifies a JWT: header, then key, then signature, then claims (RFC 7519 §7.2, RFC 8725). A JWT-SVID has rules of its own.
 * @throws Refusal token_*, keys_unavailable
 */
export async function verifyJwt(
  jws: UnverifiedJws,
  { issuer, keySet }: JwtIssuer,
  audience: string,
  clock: Clock,
): Promise<CheckedClaims> {
  const svid = issuer.kind === "spiffe-jwt";
  const { algorithms } = issuer;
  const header = svid
    ? checkSvidHeader(jws.header, algorithms)
    : checkHeader(jws.header, { ...accessToken, algorithms });
  const { key, thumbprint } = await keySet.find(header);
  await verifySignature(jws.token, header.alg, key);
  const claims = jws.payload;
  if (svid) checkSvidSubject(claims, issuer);
  const expiresAt = checkClaims(claims, { audience, ...issuer, issuedAtOptional: svid }, clock.now());
  return {
    issuer,
    claims,
    expiresAt,
    lastsUntil: expiresAt,
    key: thumbprint,
    stillGood: () => keySet.stillHolds(thumbprint),
    isKeyWithdrawn: () => keySet.isWithdrawn(thumbprint),
  };
}

/** What a signed JWT must be before its claims are looked at. */
export interface JwsRules {
  readonly algorithms: readonly string[];
  /** Values that `typ` may have, lower case. */
  readonly types: ReadonlySet<string>;
  /** Whether it may have no `typ` at all. */
  readonly untyped: boolean;
  /** What it must be, for the refusal of another type. */
  readonly what: string;
}

/**
 * Verifies header and signature of another kind of JWT than an access token; its claims are for the caller to check.
 * @throws Refusal token_invalid, token_key_unknown, keys_unavailable
 */
export async function verifyStatement(jws: UnverifiedJws, rules: JwsRules, keySet: KeySet): Promise<JsonObject> {
  const header = checkHeader(jws.header, rules);
  const { key } = await keySet.find(header);
  await verifySignature(jws.token, header.alg, key);
  return jws.payload;
}

/** Header members that could select another key or other rules for the verification (RFC 8725 §2.4 to §3.10). */
const refusedMembers = ["crit", "jku", "x5u", "jwk", "x5c", "b64", "zip", "enc"];

/** Access tokens of RFC 9068, or the general type; other JWTs of the same issuer are not access tokens (RFC 8725 §3.11). */
const accessToken: Omit<JwsRules, "algorithms"> = {
  types: new Set(["jwt", "at+jwt", "application/at+jwt"]),
  untyped: true,
  what: "an access token",
};

const safeKid = /^[A-Za-z0-9._~:/+=@-]{1,128}$/;

/** Everything in the header that must hold before any key is looked up. */
function checkHeader(header: JsonObject, { algorithms, types, untyped, what }: JwsRules): KeyWanted {
  const found = refusedMembers.find((name) => Object.hasOwn(header, name));
  if (found !== undefined) throw new Refusal("token_invalid", { hint: `its header has ${found}` });
  const { alg, kid, typ } = header;
  if (typeof alg !== "string" || !algorithms.includes(alg)) {
    throw new Refusal("token_invalid", {
      hint: "its algorithm is not accepted",
      detail: `alg ${JSON.stringify(alg)} is not in ${algorithms.join(", ")}`,
    });
  }
  const fits = typ === undefined ? untyped : typeof typ === "string" && types.has(typ.toLowerCase());
  if (!fits) throw new Refusal("token_invalid", { hint: `it is not ${what}`, detail: `typ ${JSON.stringify(typ)}` });
  if (kid === undefined) return { alg, kid: null };
  if (typeof kid !== "string" || !safeKid.test(kid))
    throw new Refusal("token_invalid", { hint: "its key id has characters that are not allowed" });
  return { alg, kid };
}

/** JWT-SVID §2: `typ`, when there is one, is JWT or JOSE. https://github.com/spiffe/spiffe/blob/main/standards/JWT-SVID.md */
function checkSvidHeader(header: JsonObject, algorithms: readonly string[]): KeyWanted {
  const { typ, ...rest } = header;
  if (typ !== undefined && typ !== "JWT" && typ !== "JOSE")
    throw new Refusal("token_invalid", { hint: "it is no JWT-SVID", detail: `typ ${JSON.stringify(typ)}` });
  return checkHeader(rest, { ...accessToken, algorithms });
}

/** The signature alone; times and audience are checked after it, with a code for each. */
async function verifySignature(token: string, alg: string, key: KeyObject): Promise<void> {
  try {
    // jsonwebtoken has no EdDSA.
    if (alg === "EdDSA") await compactVerify(token, key, { algorithms: ["EdDSA"] });
    else
      jsonwebtoken.verify(token, key, {
        algorithms: [alg as jsonwebtoken.Algorithm],
        ignoreExpiration: true,
        ignoreNotBefore: true,
      });
  } catch (failure) {
    throw new Refusal("token_invalid", { hint: "its signature does not match", cause: failure });
  }
}

/** JWT-SVID §3.1: `sub` is a SPIFFE ID of the trust domain whose keys signed it, never of another one. */
function checkSvidSubject(claims: JsonObject, issuer: TrustedIssuer): void {
  const id = readSpiffeId(claims["sub"]);
  if (id === null || `spiffe://${id.trustDomain}` !== issuer.issuer)
    throw new Refusal("token_invalid", { hint: `its sub is no SPIFFE ID of ${issuer.issuer}` });
}

/** A parsed compact JWS of which nothing is verified yet. */
export interface UnverifiedJws {
  readonly token: string;
  readonly header: JsonObject;
  readonly payload: JsonObject;
}

/** RFC 7515 §7.1, three parts, read strictly: every token has one spelling only. */
export function readCompactJws(token: string): UnverifiedJws {
  const parts = token.split(".");
  const [header, payload, signature] = parts;
  if (parts.length !== 3 || header === undefined || payload === undefined || signature === undefined) {
    throw new Refusal("token_invalid", {
      hint: "it is not a signed JWT",
      detail: `compact JWS needs three parts, got ${parts.length}`,
    });
  }
  strictBytes(signature, "signature");
  return { token, header: jsonPart(header, "header"), payload: jsonPart(payload, "payload") };
}

/** RFC 7515 §2 base64url without padding. Re-encoding refuses stray bits at the end, which decoders ignore. */
function strictBytes(part: string, name: string): Buffer {
  const bytes = Buffer.from(part, "base64url");
  if (bytes.length === 0 || bytes.toString("base64url") !== part) {
    throw new Refusal("token_invalid", { hint: `its ${name} is not base64url` });
  }
  return bytes;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function jsonPart(part: string, name: string): JsonObject {
  const bytes = strictBytes(part, name);
  let value: unknown;
  try {
    value = parseJson(utf8.decode(bytes));
  } catch (failure) {
    throw new Refusal("token_invalid", { hint: `its ${name} is not JSON`, cause: failure });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Refusal("token_invalid", { hint: `its ${name} is not a JSON object` });
  }
  if (!namesAreUnique(bytes.toString(), value as JsonObject)) {
    throw new Refusal("token_invalid", { hint: `its ${name} has a name twice` });
  }
  return value as JsonObject;
}

/**
 * Whether no object of a JSON text names a member twice (RFC 7515 §4, RFC 7519 §4): another verifier might use the other value.
 * `value` is the parsed text, which keeps one of two equal names; outside strings each colon follows a name.
 */
function namesAreUnique(text: string, value: JsonValue): boolean {
  let colons = 0;
  for (const piece of text.replace(/"(?:[^"\\]|\\.)*"/g, "")) if (piece === ":") colons++;
  return colons === namesIn(value);
}

function namesIn(value: JsonValue): number {
  if (typeof value !== "object" || value === null) return 0;
  const inner = Object.values(value).reduce((sum: number, one: JsonValue) => sum + namesIn(one), 0);
  return Array.isArray(value) ? inner : inner + Object.keys(value).length;
}
