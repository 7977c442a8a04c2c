import type { JsonWebKey, KeyObject } from "node:crypto";

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

/** OpenSSL works with a modulus of at most 16384 bits; its two primes share them. */
const MOST_BITS_OF_A_PRIME = 8192;

/**
 * An RSA private key with the values of the Chinese remainder theorem (RFC 7518, sections 6.3.2.4 to 6.3.2.6), worked out from
 * its primes when one of them is missing; those that are there do not count then, as in Go. Any other key as it is.
 */
export function withRemainders(key: JsonWebKey): JsonWebKey {
  const { kty, d, p, q, dp, dq, qi } = key;
  if (kty !== "RSA" || d === undefined || p === undefined || q === undefined) return key;
  if (dp !== undefined && dq !== undefined && qi !== undefined) return key;
  const [exponent, first, second] = [numberOf(d), numberOf(p), numberOf(q)];
  if ([first, second].some((prime) => prime < 2n || prime >> BigInt(MOST_BITS_OF_A_PRIME) > 0n)) return key;
  return {
    ...key,
    dp: base64urlOf(exponent % (first - 1n)),
    dq: base64urlOf(exponent % (second - 1n)),
    qi: base64urlOf(inverse(second, first)),
  };
}

/** By Euclid's algorithm; 0 where there is none. */
function inverse(value: bigint, modulus: bigint): bigint {
  let [larger, smaller] = [modulus, value % modulus];
  let [before, factor] = [0n, 1n];
  while (smaller > 0n) {
    const times = larger / smaller;
    [larger, smaller] = [smaller, larger - times * smaller];
    [before, factor] = [factor, before - times * factor];
  }
  return larger === 1n ? (before + modulus) % modulus : 0n;
}

function base64urlOf(value: bigint): string {
  const hex = value.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex").toString("base64url");
}

function congruent(a: bigint, b: bigint, modulus: bigint): boolean {
  return modulus > 0n && (a - b) % modulus === 0n;
}

function numberOf(base64url: string | undefined): bigint {
  const hex = Buffer.from(base64url ?? "", "base64url").toString("hex");
  return hex === "" ? 0n : BigInt(`0x${hex}`);
}
