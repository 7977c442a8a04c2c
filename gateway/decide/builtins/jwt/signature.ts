import type { KeyObject } from "node:crypto";
import { constants, createHmac, sign as nodeSign, timingSafeEqual, verify as nodeVerify } from "node:crypto";

import type { BuiltinContext } from "../types.ts";
import { BuiltinError } from "../types.ts";

/** Signatures of JSON Web Algorithms (RFC 7518, section 3, and RFC 8037) over KeyObjects. */

const FUEL: Readonly<Record<string, number>> = { RS: 20_000, PS: 20_000, ES: 60_000, Ed: 50_000, HS: 800 };

function hashOf(alg: string): string {
  return `sha${alg.slice(2)}`;
}

/** Whether a key is of the kind its algorithm asks for; never trust the header's word for it. */
function fits(alg: string, key: KeyObject): boolean {
  switch (alg.slice(0, 2)) {
    case "HS":
      return key.type === "secret";
    case "RS":
    case "PS":
      return key.asymmetricKeyType === "rsa";
    case "ES":
      return key.asymmetricKeyType === "ec";
    default:
      return alg === "EdDSA" && key.asymmetricKeyType === "ed25519";
  }
}

export function verifySignature(
  context: BuiltinContext,
  alg: string,
  key: KeyObject,
  data: Buffer,
  signature: Buffer,
): boolean {
  context.charge((FUEL[alg.slice(0, 2)] ?? 0) + data.length);
  if (!fits(alg, key)) return false;
  if (alg.startsWith("HS")) {
    const expected = createHmac(hashOf(alg), key).update(data).digest();
    return expected.length === signature.length && timingSafeEqual(expected, signature);
  }
  const hash = alg === "EdDSA" ? null : hashOf(alg);
  if (alg.startsWith("ES")) {
    const raw = sized(signature, curveBytes(key));
    return raw !== undefined && nodeVerify(hash, data, { key, dsaEncoding: "ieee-p1363" }, raw);
  }
  return nodeVerify(hash, data, rsaOptions(alg, key, constants.RSA_PSS_SALTLEN_AUTO), signature);
}

function rsaOptions(alg: string, key: KeyObject, saltLength: number): KeyObject | Parameters<typeof nodeVerify>[2] {
  if (!alg.startsWith("PS")) return key;
  return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength };
}

const CURVES: Readonly<Record<string, number>> = { prime256v1: 32, secp384r1: 48, secp521r1: 66, secp224r1: 28 };

function curveBytes(key: KeyObject): number {
  return CURVES[key.asymmetricKeyDetails?.namedCurve ?? ""] ?? 0;
}

/** Both halves as numbers of the curve's size; OPA does not mind how many leading zeros they have. */
function sized(signature: Buffer, size: number): Buffer | undefined {
  const middle = Math.floor(signature.length / 2);
  const halves = [signature.subarray(0, middle), signature.subarray(middle)].map((half) => {
    const start = half.findIndex((byte) => byte !== 0);
    return start < 0 ? Buffer.alloc(0) : half.subarray(start);
  });
  if (halves.some((half) => half.length > size)) return undefined;
  return Buffer.concat(halves.map((half) => Buffer.concat([Buffer.alloc(size - half.length), half])));
}

/** @throws BuiltinError when the key is of another kind */
export function createSignature(context: BuiltinContext, alg: string, key: KeyObject, data: Buffer): Buffer {
  context.charge((FUEL[alg.slice(0, 2)] ?? 0) * 15 + data.length);
  if (!fits(alg, key) || key.type === "public") throw new BuiltinError(`the key does not fit algorithm ${alg}`);
  if (alg.startsWith("HS")) return createHmac(hashOf(alg), key).update(data).digest();
  if (alg === "EdDSA") return nodeSign(null, data, key);
  if (alg.startsWith("ES")) return nodeSign(hashOf(alg), data, { key, dsaEncoding: "ieee-p1363" });
  return nodeSign(hashOf(alg), data, rsaOptions(alg, key, constants.RSA_PSS_SALTLEN_DIGEST) as KeyObject);
}
