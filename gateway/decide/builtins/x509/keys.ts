import type { JsonWebKey, KeyObject } from "node:crypto";
import { createPublicKey } from "node:crypto";

import type { Value } from "../../value.ts";
import { RegoObject, makeNumber } from "../../value.ts";
import { orBuiltinError } from "../jwt/keys.ts";
import type { Der } from "./der.ts";
import { bitString, fields, int64Value, integerValue, malformed, oidText, readOne, unsignedValue } from "./der.ts";

/** Keys in the members of Go's rsa, ecdsa and ed25519 types, as OPA prints them. */

function numberOf(text: string | undefined): Value {
  return makeNumber(unsignedValue(Buffer.from(text ?? "", "base64url")).toString());
}

/** [Go's number for the kind of key, the key]; a kind that is not known has no value. @throws BuiltinError */
export function publicKeyValue(spki: Buffer): readonly [number, Value] {
  const [algorithm, bits] = fields(readOne(spki), 2);
  const [kind, parameters] = fields(algorithm, 2);
  const key = bitString(bits);
  switch (oidText(kind)) {
    case "1.2.840.113549.1.1.1":
      return [1, rsaValue(key, parameters)];
    case "1.2.840.10040.4.1":
      return [2, dsaValue(key, parameters)];
    case "1.2.840.10045.2.1":
      return [3, pointValue(spki, key, parameters)];
    case "1.3.101.112":
      if (parameters !== undefined || key.length !== 32) throw malformed("invalid Ed25519 key");
      return [4, key.toString("base64")];
    default:
      return [0, null];
  }
}

function rsaValue(key: Buffer, parameters: Der | undefined): Value {
  if (parameters?.raw.equals(Buffer.of(5, 0)) !== true) throw malformed("RSA key missing NULL parameters");
  const [modulus, exponent] = fields(readOne(key), 2);
  const n = integerValue(modulus);
  const e = int64Value(exponent);
  if (n <= 0n || e <= 0n) throw malformed("invalid RSA public key");
  return numbers({ N: n, E: e });
}

function dsaValue(key: Buffer, parameters: Der | undefined): Value {
  const [P, Q, G] = fields(parameters, 3).map(integerValue);
  const Y = integerValue(readOne(key));
  if (P === undefined || Q === undefined || G === undefined) throw malformed("invalid DSA parameters");
  if ([P, Q, G, Y].some((number) => number <= 0n)) throw malformed("zero or negative DSA parameter");
  return numbers({ P, Q, G, Y });
}

function numbers(members: Readonly<Record<string, bigint>>): RegoObject {
  return RegoObject.from(Object.entries(members).map(([name, value]) => [name, makeNumber(value.toString())] as const));
}

/** P-224, P-256, P-384 and P-521. */
const CURVES = new Set(["1.3.132.0.33", "1.2.840.10045.3.1.7", "1.3.132.0.34", "1.3.132.0.35"]);
const UNCOMPRESSED = 4;

function pointValue(spki: Buffer, key: Buffer, parameters: Der | undefined): Value {
  if (!CURVES.has(oidText(parameters)) || key[0] !== UNCOMPRESSED) throw malformed("invalid ECDSA key");
  // OpenSSL sees whether the point lies on the curve.
  orBuiltinError("x509: invalid ECDSA key", () => createPublicKey({ key: spki, format: "der", type: "spki" }));
  const size = (key.length - 1) / 2;
  return RegoObject.from([
    ["Curve", new RegoObject()],
    ["X", makeNumber(unsignedValue(key.subarray(1, 1 + size)).toString())],
    ["Y", makeNumber(unsignedValue(key.subarray(1 + size)).toString())],
  ] as readonly (readonly [Value, Value])[]);
}

function ecValue(jwk: JsonWebKey): RegoObject {
  return RegoObject.from([
    ["Curve", new RegoObject()],
    ["X", numberOf(jwk.x)],
    ["Y", numberOf(jwk.y)],
  ] as const);
}

export function exportJwk(key: KeyObject): JsonWebKey | undefined {
  try {
    return key.export({ format: "jwk" });
  } catch {
    return undefined;
  }
}

export function privateKeyValue(key: KeyObject): Value {
  const jwk = exportJwk(key);
  if (jwk?.kty === "EC") return ecValue(jwk).set("D", numberOf(jwk.d));
  if (jwk?.kty === "OKP") {
    return Buffer.concat([jwk.d, jwk.x].map((part) => Buffer.from(part ?? "", "base64url"))).toString("base64");
  }
  if (jwk?.kty !== "RSA") return null;
  const precomputed = RegoObject.from([
    ["CRTValues", []],
    ["Dp", numberOf(jwk.dp)],
    ["Dq", numberOf(jwk.dq)],
    ["Qinv", numberOf(jwk.qi)],
  ] as const);
  return RegoObject.from([
    ["N", numberOf(jwk.n)],
    ["E", numberOf(jwk.e)],
    ["D", numberOf(jwk.d)],
    ["Primes", [numberOf(jwk.p), numberOf(jwk.q)]],
    ["Precomputed", precomputed],
  ] as readonly (readonly [Value, Value])[]);
}
