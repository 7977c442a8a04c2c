import type { KeyObject } from "node:crypto";

/**
 * Whether the numbers of an RSA private key belong together, as Go looks when it reads one (crypto/rsa `Validate`, and
 * the values of the Chinese remainder theorem since Go 1.24); OpenSSL takes any. True for keys of another kind.
 */
export function isWhole(key: KeyObject): boolean {
  if (key.asymmetricKeyType !== "rsa") return true;
  const jwk = key.export({ format: "jwk" });
  const p = numberOf(jwk.p);
  const q = numberOf(jwk.q);
  const d = numberOf(jwk.d);
  const de = d * numberOf(jwk.e);
  return [
    p > 1n && q > 1n && p * q === numberOf(jwk.n),
    congruent(de, 1n, p - 1n) && congruent(de, 1n, q - 1n),
    congruent(d, numberOf(jwk.dp), p - 1n) && congruent(d, numberOf(jwk.dq), q - 1n),
    congruent(numberOf(jwk.qi) * q, 1n, p),
  ].every(Boolean);
}

function congruent(a: bigint, b: bigint, modulus: bigint): boolean {
  return modulus > 0n && (a - b) % modulus === 0n;
}

function numberOf(base64url: string | undefined): bigint {
  const hex = Buffer.from(base64url ?? "", "base64url").toString("hex");
  return hex === "" ? 0n : BigInt(`0x${hex}`);
}
