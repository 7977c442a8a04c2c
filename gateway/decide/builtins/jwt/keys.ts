import type { JsonWebKey, KeyObject } from "node:crypto";
import { X509Certificate, createPrivateKey, createPublicKey, createSecretKey } from "node:crypto";

import { toJson } from "../../value.ts";
import { RegoObject, parseValue } from "../../value.ts";
import { decodeBase64Url } from "../go/base64.ts";
import { decodePem } from "../go/pem.ts";
import { isArray } from "../operands.ts";
import type { BuiltinContext } from "../types.ts";
import { BuiltinError } from "../types.ts";
import { isWhole, withRemainders } from "./whole-rsa.ts";

/** A key to verify with. `alg` and `kid` are empty where the key does not say. */
export interface VerificationKey {
  readonly alg: string;
  readonly kid: string;
  readonly key: KeyObject;
}

export const ALGORITHMS: ReadonlySet<string> = new Set(
  ["RS", "PS", "ES", "HS"].flatMap((family) => ["256", "384", "512"].map((size) => family + size)).concat("EdDSA"),
);

const MAX_CACHED = 100;
const KEY_FUEL = 30_000;
const parsed = new Map<string, readonly VerificationKey[]>();

/** Keys of a PEM certificate, a PEM public key, a JWK or a JWK set. @throws BuiltinError */
export function verificationKeys(context: BuiltinContext, text: string): readonly VerificationKey[] {
  context.charge(100 + text.length);
  const known = parsed.get(text);
  if (known !== undefined) return known;
  context.charge(KEY_FUEL + text.length * 4);
  const keys = parseKeys(text);
  if (parsed.size >= MAX_CACHED) parsed.delete(parsed.keys().next().value as string);
  parsed.set(text, keys);
  return keys;
}

/** Node's own key errors are the caller's fault here. */
export function orBuiltinError<T>(what: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new BuiltinError(`${what}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function parseKeys(text: string): readonly VerificationKey[] {
  const pem = decodePem(text);
  if (pem === undefined) return parseJwks(text).flatMap(asVerificationKey);
  if (pem.rest !== "") throw new BuiltinError("extra data after a PEM certificate block");
  return [{ alg: "", kid: "", key: orBuiltinError("failed to parse a PEM key", () => pemKey(pem.block)) }];
}

function pemKey(block: { type: string; bytes: Buffer }): KeyObject {
  if (block.type === "CERTIFICATE") return new X509Certificate(block.bytes).publicKey;
  if (block.type === "PUBLIC KEY") return createPublicKey({ key: block.bytes, format: "der", type: "spki" });
  throw new BuiltinError("failed to extract a Key from the PEM certificate");
}

/** Members of a JWK set, or the one JWK. */
export function parseJwks(text: string): readonly RegoObject[] {
  const document = orBuiltinError("failed to parse a JWK key (set)", () => parseValue(text, true));
  const keys = document instanceof RegoObject ? (document.get("keys") ?? [document]) : undefined;
  if (!isArray(keys) || !keys.every((key) => key instanceof RegoObject)) {
    throw new BuiltinError("failed to parse a JWK key (set)");
  }
  return keys;
}

function asVerificationKey(jwk: RegoObject): readonly VerificationKey[] {
  const key = importJwk(jwk);
  const alg = textOf(jwk, "alg");
  if (alg !== "" && !ALGORITHMS.has(alg)) return [];
  return [{ alg, kid: textOf(jwk, "kid"), key }];
}

function textOf(jwk: RegoObject, name: string): string {
  const value = jwk.get(name) ?? "";
  if (typeof value !== "string") throw new BuiltinError(`JWK: ${name} must be a string`);
  return value;
}

const BINARY = ["n", "e", "d", "p", "q", "dp", "dq", "qi", "x", "y"];

/** Node skips what is not base64url, so that a key with anything between its letters would be another spelling of the same key. */
function checkMembers(jwk: RegoObject): void {
  for (const name of BINARY) if (jwk.has(name)) bytesOf(textOf(jwk, name));
}

/** One alphabet of base64 or the other, as OPA's reader of keys takes it, and no bits left over at the end. */
function bytesOf(text: string): Buffer {
  if (/[-_]/.test(text) && /[+/]/.test(text)) throw new BuiltinError("JWK: illegal base64url data");
  const plain = text.replaceAll("+", "-").replaceAll("/", "_");
  const bytes = decodeBase64Url(plain);
  if (bytes.toString("base64url") !== plain.replace(/[=\r\n]+/g, ""))
    throw new BuiltinError("JWK: illegal base64url data");
  return bytes;
}

/** A private JWK stays private, a public one public, "oct" is a secret. @throws BuiltinError */
export function importJwk(jwk: RegoObject): KeyObject {
  if (textOf(jwk, "kty") === "oct") {
    const secret = textOf(jwk, "k");
    if (secret === "") throw new BuiltinError("JWK: missing k");
    return createSecretKey(bytesOf(secret));
  }
  checkMembers(jwk);
  const key = withRemainders(toJson(jwk) as JsonWebKey);
  const imported = orBuiltinError("failed to import a JWK", () =>
    jwk.has("d") ? createPrivateKey({ key, format: "jwk" }) : createPublicKey({ key, format: "jwk" }),
  );
  if (imported.type === "private" && !isWhole(imported))
    throw new BuiltinError("failed to import a JWK: its numbers do not belong together");
  return imported;
}
