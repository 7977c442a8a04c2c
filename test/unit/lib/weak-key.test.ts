import { createPublicKey, generateKeyPairSync, type JsonWebKey } from "node:crypto";
import { weakness } from "../../../gateway/lib/weak-key.ts";
import { rocaKey } from "../../support/identity/roca-key.ts";

const rsa = (modulusLength: number, publicExponent = 65_537) =>
  generateKeyPairSync("rsa", { modulusLength, publicExponent }).publicKey;
const jwkOf = (n: bigint, e = "AQAB"): JsonWebKey => ({
  kty: "RSA",
  e,
  n: Buffer.from(n.toString(16).padStart(512, "0"), "hex").toString("base64url"),
});
const modulus = BigInt(`0x${Buffer.from(rsa(2048).export({ format: "jwk" }).n ?? "", "base64url").toString("hex")}`);

test("finds nothing against keys as libraries make them", () => {
  const keys = [rsa(2048), rsa(3072), rsa(4096)];
  for (const namedCurve of ["P-256", "P-384", "P-521"]) keys.push(generateKeyPairSync("ec", { namedCurve }).publicKey);
  keys.push(
    generateKeyPairSync("ed25519").publicKey,
    generateKeyPairSync("rsa-pss", { modulusLength: 2048 }).publicKey,
  );
  expect(keys.map(weakness)).toEqual(keys.map(() => null));
});

test("finds the fingerprint of the flawed generator (CVE-2017-15361), and none in a key one step beside", () => {
  const key = createPublicKey(rocaKey());
  expect(weakness(key)).toMatch(/CVE-2017-15361/);
  const n = BigInt(`0x${Buffer.from(key.export({ format: "jwk" }).n ?? "", "base64url").toString("hex")}`);
  expect(weakness(createPublicKey({ key: jwkOf(n + 2n), format: "jwk" })) ?? "").not.toMatch(/CVE/);
});

test.each<[string, () => ReturnType<typeof createPublicKey>, RegExp]>([
  ["an RSA key of 1024 bits", () => rsa(1024), /1024 bits/],
  ["an RSA key of 2047 bits", () => createPublicKey({ key: jwkOf(modulus >> 1n), format: "jwk" }), /2047 bits/],
  ["the exponent 3", () => rsa(2048, 3), /exponent is 3/],
  ["an even exponent", () => createPublicKey({ key: jwkOf(modulus, "AQAC"), format: "jwk" }), /exponent is 65538/],
  ["an even modulus", () => createPublicKey({ key: jwkOf(modulus + 1n), format: "jwk" }), /even/],
  [
    "a modulus with a small factor",
    () => createPublicKey({ key: jwkOf(modulus - (modulus % 202n) + 101n), format: "jwk" }),
    /multiple of/,
  ],
  ["a curve of no JOSE algorithm", () => generateKeyPairSync("ec", { namedCurve: "secp256k1" }).publicKey, /secp256k1/],
  ["a curve of 224 bits", () => generateKeyPairSync("ec", { namedCurve: "secp224r1" }).publicKey, /secp224r1/],
  ["a key for key agreement", () => generateKeyPairSync("x25519").publicKey, /x25519/],
])("calls weak %s", (_, make, why) => {
  expect(weakness(make())).toMatch(why);
});
