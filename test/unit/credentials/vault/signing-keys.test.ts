import { generateKeyPairSync } from "node:crypto";
import { calculateJwkThumbprint, type JWK } from "jose";
import { signingKeysIn, versionFor } from "../../../../gateway/credentials/vault/signing-keys.ts";
import type { JsonObject } from "../../../../gateway/lib/json.ts";

const pem = (kind: "ec" | "rsa"): string => {
  const { publicKey } =
    kind === "ec"
      ? generateKeyPairSync("ec", { namedCurve: "P-256" })
      : generateKeyPairSync("rsa", { modulusLength: 2_048 });
  return publicKey.export({ type: "spki", format: "pem" }).toString();
};

/** A key as Vault tells of it, with these ages in seconds, the oldest version first. */
function told(ages: readonly number[], changes: JsonObject = {}): JsonObject {
  const versions = ages.map((age, at) => [
    String(at + 1),
    { public_key: pem("ec"), creation_time: new Date(now - age * 1_000).toISOString() },
  ]);
  return { type: "ecdsa-p256", min_encryption_version: 0, keys: Object.fromEntries(versions), ...changes };
}

const now = Date.UTC(2026, 10, 28);
const chosen = (data: JsonObject, leadS = 300): number =>
  versionFor(signingKeysIn(data, "the key"), now, leadS * 1_000, "the key").version;

test.each([
  ["ecdsa-p256", "ec", "ES256"],
  ["rsa-2048", "rsa", "RS256"],
] as const)(
  "publishes the versions of a key of type %s with the thumbprint of each as its id",
  async (type, kind, alg) => {
    const keys = { 2: { public_key: pem(kind), creation_time: "x" }, 1: { public_key: pem(kind), creation_time: "x" } };
    const read = signingKeysIn({ type, keys }, "the key");
    expect([read.alg, read.versions.map(({ version }) => version)]).toEqual([alg, [1, 2]]);
    for (const { jwk } of read.versions) {
      expect(jwk).toMatchObject({ alg, use: "sig", kid: await calculateJwkThumbprint(jwk as JWK) });
      expect(jwk).not.toHaveProperty("d");
    }
  },
);

test.each([
  ["the newest that has been published for long enough", [9_000, 600, 10], {}, 2],
  ["the newest where none has to be published before", [9_000, 600, 0], { leadS: 0 }, 3],
  ["the oldest while none has been published for long enough", [20, 10], {}, 1],
  ["one that Vault still signs with, however new it is", [9_000, 10], { least: 2 }, 2],
  ["one whose age is not told", [Number.NaN], {}, 1],
])("signs with %s", (_, ages, { leadS = 300, least = 0 }: { leadS?: number; least?: number }, version) => {
  const data = ages.some(Number.isNaN)
    ? { type: "ecdsa-p256", keys: { 1: { public_key: pem("ec") } } }
    : told(ages, { min_encryption_version: least });
  expect(chosen(data, leadS)).toBe(version);
});

test.each([
  ["a type that signs no JWT", { type: "aes256-gcm96", keys: { 1: 1_700_000_000 } }, "is of type aes256-gcm96"],
  ["a type that is no word", { type: "<b>" }, "is of type another kind"],
  ["no versions", { type: "ecdsa-p256", keys: {} }, "has no version with a public key"],
  ["what is no key", { type: "ecdsa-p256", keys: { 1: { public_key: "no" } } }, "has no public key in version 1"],
])("refuses a key of %s", (_, data, why) => {
  expect(() => signingKeysIn(data, "the key")).toThrow(
    expect.objectContaining({ kind: "misconfigured", message: expect.stringContaining(`the key ${why}`) }),
  );
});

test("refuses a key of which Vault signs with no version", () => {
  expect(() => chosen(told([10], { min_encryption_version: 2 }))).toThrow("signs with none of its versions");
});
