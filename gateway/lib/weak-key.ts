import type { KeyObject } from "node:crypto";

const curves: ReadonlySet<string | undefined> = new Set(["prime256v1", "secp384r1", "secp521r1"]);

/**
 * Why signatures by this public key prove nothing; null when no weakness is known. RFC 7518 §3.3 and §3.4: RSA of 2048
 * bits or more, curves P-256, P-384 and P-521. FIPS 186-5 §5.1: an odd exponent of 65537 or more.
 */
export function weakness(key: KeyObject): string | null {
  const { asymmetricKeyType: type, asymmetricKeyDetails: { namedCurve } = {} } = key;
  if (type === "ed25519" || type === "ed448") return null;
  if (type === "ec") return curves.has(namedCurve) ? null : `its curve is ${namedCurve ?? "unnamed"}`;
  return type === "rsa" || type === "rsa-pss" ? rsaWeakness(key) : `it is of the kind ${type ?? "secret"}`;
}

function rsaWeakness(key: KeyObject): string | null {
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (modulusLength < 2048) return `it is an RSA key of ${modulusLength} bits`;
  if (publicExponent < 65_537n || publicExponent % 2n === 0n) return `its RSA exponent is ${publicExponent}`;
  // Node exports no RSA-PSS key as a JWK; the flawed generator of ROCA made no such keys.
  return key.asymmetricKeyType === "rsa" ? modulusWeakness(modulusOf(key)) : null;
}

function modulusOf(key: KeyObject): bigint {
  const { n = "" } = key.export({ format: "jwk" });
  return BigInt(`0x0${Buffer.from(n, "base64url").toString("hex")}`);
}

/** Odd, up to 167: every modulus of the flawed generator is made from at least these. */
const primes = Array.from({ length: 83 }, (_, index) => 2 * index + 3).filter(isPrime);

/** For each prime what 65537 to any power leaves. */
const fingerprints = primes.map((prime) => [BigInt(prime), powers(65_537 % prime, prime)] as const);

/**
 * CVE-2017-15361 ("ROCA", https://crocs.fi.muni.cz/public/papers/rsa_ccs17): both factors are 65537 to some power, modulo the
 * product of the small primes, and so is their product. A sound modulus has this form by chance once in 2^150.
 */
function modulusWeakness(modulus: bigint): string | null {
  if (modulus % 2n === 0n) return "its RSA modulus is even";
  let flawed = true;
  for (const [prime, left] of fingerprints) {
    const rest = modulus % prime;
    if (rest === 0n) return `its RSA modulus is a multiple of ${prime}`;
    flawed &&= left.has(rest);
  }
  return flawed ? "its RSA modulus has the fingerprint of CVE-2017-15361 (ROCA)" : null;
}

function isPrime(odd: number): boolean {
  for (let divisor = 3; divisor * divisor <= odd; divisor += 2) if (odd % divisor === 0) return false;
  return true;
}

function powers(base: number, prime: number): ReadonlySet<bigint> {
  const found = new Set<bigint>();
  for (let power = 1; !found.has(BigInt(power)); power = (power * base) % prime) found.add(BigInt(power));
  return found;
}
