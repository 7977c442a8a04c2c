import type { Der } from "./der.ts";
import { BuiltinError } from "../types.ts";
import { TAG, expect, fields, int64Value, oidText, readExplicit } from "./der.ts";

/** Go's numbers for x509.SignatureAlgorithm, by object identifier. */
const NUMBERS: Readonly<Record<string, number>> = {
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
const MGF1 = "1.2.840.113549.1.1.8";
const ED25519 = "1.3.101.112";
/** The number, and the length of the salt that belongs to it. */
const PSS_HASHES: Readonly<Record<string, readonly [number, bigint]>> = {
  "2.16.840.1.101.3.4.2.1": [13, 32n],
  "2.16.840.1.101.3.4.2.2": [14, 48n],
  "2.16.840.1.101.3.4.2.3": [15, 64n],
};

/** @throws BuiltinError when it is no algorithm identifier; 0 for one that is not known */
export function signatureAlgorithm(algorithm: Der | undefined): number {
  const [oid, parameters] = fields(algorithm, 2);
  const name = oidText(oid);
  if (name === ED25519 && parameters !== undefined) return 0;
  if (name !== PSS) return NUMBERS[name] ?? 0;
  try {
    return pssAlgorithm(parameters);
  } catch (error) {
    if (error instanceof BuiltinError) return 0;
    throw error;
  }
}

/** Of RSA-PSS only the usual choices have a number: one hash for all, a salt of its length, the standard's trailer. */
function pssAlgorithm(parameters: Der | undefined): number {
  const { value } = expect(parameters, TAG.sequence);
  const hash = readExplicit(value, 0, 0xa0);
  const mask = readExplicit(value, hash.end, 0xa1);
  const salt = readExplicit(value, mask.end, 0xa2);
  const hashName = algorithmName(hash.inner);
  const [maskId, maskHash] = fields(mask.inner, 2);
  const [number, length] = PSS_HASHES[hashName] ?? [0, 0n];
  const usual =
    oidText(maskId) === MGF1 &&
    algorithmName(maskHash) === hashName &&
    int64Value(salt.inner) === length &&
    (value[salt.end] !== 0xa3 || int64Value(readExplicit(value, salt.end, 0xa3).inner) === 1n);
  return usual ? number : 0;
}

/** Of an algorithm without parameters, or with NULL for them; empty with any other. */
function algorithmName(algorithm: Der | undefined): string {
  const [oid, parameters] = fields(algorithm, 2);
  return parameters === undefined || parameters.raw.equals(Buffer.of(5, 0)) ? oidText(oid) : "";
}

/** MD5 and SHA-1: read, but no signature of theirs is believed. */
export function isBroken(algorithm: number): boolean {
  return algorithm <= 3 || algorithm === 7 || algorithm === 9;
}
