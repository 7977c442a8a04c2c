/** The real opa is the measure of its own format: what it signs is taken, and what it refuses is refused. */
import { readArchive } from "../../../gateway/bundles/archive/archive.ts";
import { signArchive } from "../../../gateway/bundles/signatures/sign.ts";
import { verifyBundle } from "../../../gateway/bundles/signatures/verify.ts";
import {
  type BundleAlgorithm,
  bundleAlgorithms,
  type BundleKey,
  type BundleTrust,
} from "../../../gateway/domain/settings.ts";
import { type Signer, type SigningRoom, signingRoom, trusting } from "../../support/bundles/signed-bundle.ts";
import { opa } from "../../unit/decide/support/compile-rego.ts";
import { type Material, spoilt, stricter } from "./corpus.ts";

const now = 1_800_000_000_000;
let room: SigningRoom;
let material: Material;

beforeAll(async () => {
  room = await signingRoom();
  const [signer, stranger] = await Promise.all([room.signer("ES256"), room.signer("ES256")]);
  const [unsigned, another] = await Promise.all([room.bundle("HONEST"), room.bundle("OTHER")]);
  const block = await room.opaSignature(unsigned, signer);
  const signed = await room.change(unsigned, { ".signatures.json": block });
  const other = { unsigned: another, block: await room.opaSignature(another, signer) };
  material = { room, unsigned, signed, block, other, signer, stranger };
});
afterAll(() => room.remove());

function verified(archive: string, trust: BundleTrust) {
  return readArchive(archive, (entries) => verifyBundle(entries, trust, now));
}

const claims = { keyid: "k1", scope: "production", iat: 1_790_000_000 };

test.each(bundleAlgorithms)("takes what opa has signed with %s", async (algorithm: BundleAlgorithm) => {
  const by = await room.signer(algorithm);
  const archive = await room.signed(material.unsigned, by, claims);
  expect(await room.opaRefusal(archive, by, { scope: "production" })).toBeNull();
  const { signed } = await verified(archive, trusting(by, { keyId: null, scope: "production" }));
  expect(signed).toMatchObject({ keyId: "k1", issuedAt: 1_790_000_000, files: 4 });
});

test("takes what opa signs without a word about key, scope and time, when the key is configured", async () => {
  expect(await room.opaRefusal(material.signed, material.signer)).toBeNull();
  const { signed } = await verified(material.signed, trusting(material.signer));
  expect(signed).toMatchObject({ keyId: "k1", issuedAt: null });
  await expect(verified(material.signed, trusting(material.signer, { keyId: null }))).rejects.toMatchObject({
    problem: "signature_key_unnamed",
  });
});

test("takes what opa build signs by itself, under the name that it gives the key", async () => {
  const { signer } = material;
  const archive = await room.opaBuild(signer);
  expect(await room.opaRefusal(archive, signer)).toBeNull();
  const trust = trusting(signer, { keyId: null });
  const named = new Map([["default", trust.keys.get("k1") as BundleKey]]);
  const { signed, projections } = await verified(archive, { ...trust, keys: named });
  expect([signed?.keyId, signed?.files, projections]).toEqual(["default", 4, {}]);
});

test.each(["ES256", "RS256", "HS512"] as const)("signs with %s so that opa takes it", async (algorithm) => {
  const by: Signer = await room.signer(algorithm);
  const signing = { keyFile: by.signFile, algorithm, keyId: "k1", scope: "production", issuedAt: 1_790_000_000 };
  const to = room.path("policy.tar.gz");
  const { revision } = await readArchive(material.unsigned);
  expect(await signArchive(opa, material.unsigned, to, signing)).toBe(revision);
  expect(await room.opaRefusal(to, by, { scope: "production" })).toBeNull();
  const { signed } = await verified(to, trusting(by, { keyId: null, scope: "production" }));
  expect(signed).toMatchObject({ keyId: "k1", issuedAt: 1_790_000_000 });
  // Signed again in place: one signature, the new one, and the same content.
  await signArchive(opa, to, to, { ...signing, issuedAt: 1_795_000_000 });
  expect(await room.opaRefusal(to, by, { scope: "production" })).toBeNull();
  const again = await verified(to, trusting(by, { scope: "production" }));
  expect(again.signed).toEqual({ ...signed, issuedAt: 1_795_000_000 });
});

test.each(spoilt)("is refused as by opa: $name", async ({ make, problem }) => {
  const archive = await make(material);
  await expect(verified(archive, trusting(material.signer))).rejects.toMatchObject({ stage: "verify", problem });
  expect(await room.opaRefusal(archive, material.signer)).toMatch(/^error: /);
});

test.each(stricter)("is refused though opa takes it: $name", async ({ make, problem }) => {
  const archive = await make(material);
  await expect(verified(archive, trusting(material.signer))).rejects.toMatchObject({ stage: "verify", problem });
  expect(await room.opaRefusal(archive, material.signer)).toBeNull();
});

test("refuses a key that is not configured, whichever place names it", async () => {
  const { unsigned, signer } = material;
  for (const keyid of ["k2", "__proto__", "K1"]) {
    const archive = await room.signed(unsigned, signer, { keyid });
    await expect(verified(archive, trusting(signer, { keyId: null }))).rejects.toMatchObject({
      problem: "signature_key_unknown",
    });
  }
});

test("refuses a public key used as the secret of an HMAC", async () => {
  const { unsigned, signer } = material;
  const forger = { ...(await room.signer("HS256")), signFile: signer.verifyFile };
  await expect(verified(await room.signed(unsigned, forger), trusting(signer))).rejects.toMatchObject({
    problem: "signature_algorithm_refused",
  });
});
