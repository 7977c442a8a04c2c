import { createPublicKey } from "node:crypto";
import { cose, decodeCredentialPublicKey } from "@simplewebauthn/server/helpers";
import type { JsonObject } from "../../lib/json.ts";
import { weakness } from "../../lib/weak-key.ts";

/** ES256, EdDSA, RS256 (https://www.iana.org/assignments/cose): what every auditor's library verifies. */
export const algorithms = [-7, -8, -257];

/**
 * A credential's COSE key as a JWK (RFC 7517), which is how receipts carry it.
 * @throws Error when it is of a kind that was not asked for, or weak
 */
export function jwkOf(publicKey: Uint8Array<ArrayBuffer>): JsonObject {
  const key = decodeCredentialPublicKey(publicKey);
  const { COSEKEYS } = cose;
  if (cose.isCOSEPublicKeyEC2(key) && key.get(COSEKEYS.crv) === 1)
    return { kty: "EC", crv: "P-256", x: text(key.get(COSEKEYS.x)), y: text(key.get(COSEKEYS.y)) };
  if (cose.isCOSEPublicKeyOKP(key) && key.get(COSEKEYS.crv) === 6)
    return { kty: "OKP", crv: "Ed25519", x: text(key.get(COSEKEYS.x)) };
  if (cose.isCOSEPublicKeyRSA(key))
    return strong({ kty: "RSA", n: text(key.get(COSEKEYS.n)), e: text(key.get(COSEKEYS.e)) });
  throw new Error("the key is neither P-256, Ed25519 nor RSA");
}

/** Some authenticators made RSA keys that can be worked out (CVE-2017-15361). */
function strong(jwk: JsonObject): JsonObject {
  const why = weakness(createPublicKey({ key: jwk, format: "jwk" }));
  if (why !== null) throw new Error(`the key is too weak: ${why}`);
  return jwk;
}

function text(bytes: Uint8Array | undefined): string {
  if (bytes === undefined) throw new Error("the key lacks a part");
  return Buffer.from(bytes).toString("base64url");
}
