import { createPrivateKey, createPublicKey, generatePrimeSync, type KeyObject, type webcrypto } from "node:crypto";

/** The first 71 primes: what the flawed generator took the product of for factors of this size. */
const product = Array.from({ length: 352 }, (_, n) => n + 2)
  .filter((n) => Array.from({ length: n - 2 }, (_, d) => d + 2).every((d) => n % d !== 0))
  .reduce((all, prime) => all * BigInt(prime), 1n);

/** An RSA key of 2048 bits as the flawed library made them (CVE-2017-15361): each factor is 65537^a modulo the product. */
export function rocaKey(): KeyObject {
  const e = 65_537n;
  const [p, q] = factors();
  const d = inverse(e, (p - 1n) * (q - 1n));
  const jwk = { n: p * q, e, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: inverse(q, p) };
  const members = Object.entries(jwk).map(([name, value]) => [name, base64url(value)]);
  return createPrivateKey({ key: { kty: "RSA", ...Object.fromEntries(members) }, format: "jwk" });
}

/** The same for Web Crypto. */
export function rocaKeyPair(): webcrypto.CryptoKeyPair {
  const key = rocaKey();
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  return {
    publicKey: createPublicKey(key).toCryptoKey(algorithm, true, ["verify"]),
    privateKey: key.toCryptoKey(algorithm, true, ["sign"]),
  };
}

function factors(): readonly [bigint, bigint] {
  const [p, q] = [factor(1_234n), factor(98_765n)];
  return (p * q) >> 2_047n === 1n ? [p, q] : factors();
}

function factor(exponent: bigint): bigint {
  let rem = 1n;
  for (let step = 0n; step < exponent; step += 1n) rem = (rem * 65_537n) % product;
  return generatePrimeSync(1_024, { add: product, rem, bigint: true });
}

function inverse(value: bigint, modulus: bigint): bigint {
  let [rest, next, from, to] = [modulus, value % modulus, 0n, 1n];
  while (next !== 0n) [rest, next, from, to] = [next, rest % next, to, from - (rest / next) * to];
  return ((from % modulus) + modulus) % modulus;
}

function base64url(value: bigint): string {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex").toString("base64url");
}
