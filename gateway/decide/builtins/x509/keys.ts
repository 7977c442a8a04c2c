import type { JsonWebKey, KeyObject } from "node:crypto";
import { createPublicKey } from "node:crypto";

import type { Value } from "../../value.ts";
import { RegoObject, makeNumber } from "../../value.ts";
import { unsignedValue } from "./der.ts";

/** Keys in the members of Go's rsa, ecdsa and ed25519 types, as OPA prints them. */

function numberOf(text: string | undefined): Value {
  return makeNumber(unsignedValue(Buffer.from(text ?? "", "base64url")).toString());
}

/** [Go's number for the kind of key, the key]; a kind that is not known has no value. */
export function publicKeyValue(spki: Buffer): readonly [number, Value] {
  let key: KeyObject;
  try {
    key = createPublicKey({ key: spki, format: "der", type: "spki" });
  } catch {
    return [0, null];
  }
  const jwk = exportJwk(key);
  if (jwk?.kty === "RSA") {
    return [
      1,
      RegoObject.from([
        ["N", numberOf(jwk.n)],
        ["E", numberOf(jwk.e)],
      ] as const),
    ];
  }
  if (jwk?.kty === "EC") return [3, ecValue(jwk)];
  return jwk?.crv === "Ed25519" ? [4, Buffer.from(jwk.x ?? "", "base64url").toString("base64")] : [0, null];
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
