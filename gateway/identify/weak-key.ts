import type { KeyObject } from "node:crypto";

/** RFC 7518 §3.3; an exponent below 65537 is outside FIPS 186-5. */
export function isWeak(key: KeyObject): boolean {
  if (key.asymmetricKeyType !== "rsa") return false;
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  return modulusLength < 2048 || publicExponent < 65_537n;
}
