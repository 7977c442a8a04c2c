import type { Der } from "./der.ts";
import { TAG, children, oidText } from "./der.ts";

/** Go's numbers for x509.SignatureAlgorithm, by object identifier. */
const NUMBERS: Readonly<Record<string, number>> = {
  "1.2.840.113549.1.1.2": 1,
  "1.2.840.113549.1.1.4": 2,
  "1.2.840.113549.1.1.5": 3,
  "1.3.14.3.2.29": 3,
  "1.2.840.113549.1.1.11": 4,
  "1.2.840.113549.1.1.12": 5,
  "1.2.840.113549.1.1.13": 6,
  "1.2.840.10040.4.3": 7,
  "2.16.840.1.101.3.4.3.2": 8,
  "1.2.840.10045.4.1": 9,
  "1.2.840.10045.4.3.2": 10,
  "1.2.840.10045.4.3.3": 11,
  "1.2.840.10045.4.3.4": 12,
  "1.3.101.112": 16,
};
const PSS = "1.2.840.113549.1.1.10";
const PSS_HASHES: Readonly<Record<string, number>> = {
  "2.16.840.1.101.3.4.2.1": 13,
  "2.16.840.1.101.3.4.2.2": 14,
  "2.16.840.1.101.3.4.2.3": 15,
};

export function signatureAlgorithm(algorithm: Der | undefined): number {
  const [oid, parameters] = children(algorithm);
  const name = oidText(oid);
  if (name !== PSS) return NUMBERS[name] ?? 0;
  const hash = parameters?.tag === TAG.sequence ? children(parameters).find(({ tag }) => tag === 0xa0) : undefined;
  if (hash === undefined) return 0;
  return PSS_HASHES[oidText(children(children(hash, 0xa0)[0])[0])] ?? 0;
}

/** MD5 and SHA-1: read, but no signature of theirs is believed. */
export function isBroken(algorithm: number): boolean {
  return algorithm <= 3 || algorithm === 7 || algorithm === 9;
}
