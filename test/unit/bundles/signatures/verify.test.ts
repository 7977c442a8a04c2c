import { createSecretKey, hash } from "node:crypto";
import { SignJWT } from "jose";
import type { BundleTrust } from "../../../../gateway/domain/settings.ts";
import { SignatureRefusal } from "../../../../gateway/bundles/failure.ts";
import { checkOrder, iso, verifier, verifyBundle } from "../../../../gateway/bundles/signatures/verify.ts";

const now = Date.UTC(2026, 10, 26);
const nowS = now / 1_000;
const key = createSecretKey(Buffer.alloc(32, "s"));
const trust = (scope = ""): BundleTrust => ({
  keys: new Map([["release", { algorithm: "HS256", key }]]),
  keyId: "release",
  scope,
});

const texts = { "policy.wasm": "\0asm", "a/main.rego": "package a\n" };
type SignedFile = { name: string; hash: string; algorithm: string };
const files: readonly SignedFile[] = Object.entries(texts).map(([name, text]) => ({
  name,
  hash: hash("sha256", text, "hex"),
  algorithm: "SHA-256",
}));

async function bundle(
  claims: Record<string, unknown> = {},
  content: Readonly<Record<string, string>> = texts,
): Promise<ReadonlyMap<string, Buffer>> {
  const token = await new SignJWT({ files, ...claims }).setProtectedHeader({ alg: "HS256" }).sign(key);
  const all = { ...content, ".signatures.json": JSON.stringify({ signatures: [token] }) };
  return new Map(Object.entries(all).map(([path, text]) => [path, Buffer.from(text)]));
}

async function problemOf(check: () => unknown): Promise<string> {
  try {
    await check();
    return "accepted";
  } catch (thrown) {
    if (thrown instanceof SignatureRefusal) return thrown.problem;
    throw thrown;
  }
}
const of = async (entries: Promise<ReadonlyMap<string, Buffer>>, scope = ""): Promise<string> => {
  const all = await entries;
  return problemOf(() => verifyBundle(all, trust(scope), now));
};

describe("a signed bundle", () => {
  test("is what was signed, by whom and when", async () => {
    expect(await verifyBundle(await bundle({ iat: nowS }), trust(), now)).toEqual({
      keyId: "release",
      issuedAt: nowS,
      content: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      files: 2,
    });
    expect((await verifyBundle(await bundle(), trust(), now)).issuedAt).toBeNull();
  });

  test("has one content, however its files are ordered, hashed and signed", async () => {
    const { content } = await verifyBundle(await bundle(), trust(), now);
    const again = files.map((file) => ({
      ...file,
      hash: hash("sha512", texts[file.name as keyof typeof texts], "hex").toUpperCase(),
      algorithm: "SHA-512",
    }));
    const turned = Object.fromEntries(Object.entries(texts).reverse());
    const other = await bundle({ iat: nowS, files: again.reverse() }, turned);
    expect((await verifyBundle(other, trust(), now)).content).toBe(content);
  });

  test.each<[string, Readonly<Record<string, string>>, string]>([
    ["a changed file", { ...texts, "a/main.rego": "package b\n" }, "file_changed"],
    ["a file more", { ...texts, "b.rego": "package b\n" }, "file_not_signed"],
    ["a file less", { "policy.wasm": "\0asm" }, "signed_file_missing"],
  ])("is refused with %s", async (_what, content, problem) => {
    expect(await of(bundle({}, content))).toBe(problem);
  });

  test.each<[string, Record<string, unknown>, string]>([
    ["no files", { files: undefined }, "signature_malformed"],
    ["a file without a hash", { files: [...files, { name: "x", algorithm: "SHA-256" }] }, "signature_malformed"],
    ["a file twice", { files: [...files, files[0]] }, "signature_malformed"],
    ["an unsafe hash", { files: files.map((file) => ({ ...file, algorithm: "MD5" })) }, "file_hash_refused"],
    ["a scope that is not wanted", { scope: "staging" }, "signature_scope_wrong"],
    ["an end in the past", { exp: nowS }, "signature_not_current"],
    ["a beginning that is far off", { nbf: nowS + 301 }, "signature_not_current"],
    ["a time of signing that is to come", { iat: nowS + 301 }, "signature_not_current"],
    ["a time that is none", { iat: "yesterday" }, "signature_malformed"],
    ["a time beyond all calendars", { iat: 1e13 }, "signature_malformed"],
  ])("is refused when its signature has %s", async (_what, claims, problem) => {
    expect(await of(bundle(claims))).toBe(problem);
  });

  test("of the wanted scope is taken, and none without one", async () => {
    expect(await of(bundle({ scope: "production" }), "production")).toBe("accepted");
    expect(await of(bundle(), "production")).toBe("signature_scope_wrong");
  });

  test("is taken from a signer whose clock is a little ahead", async () => {
    expect(await of(bundle({ iat: nowS + 300, nbf: nowS + 300, exp: nowS + 1 }))).toBe("accepted");
  });

  test("is not verified where no signature is required", async () => {
    expect(verifier(null, { now: () => now })).toBeNull();
    const verify = verifier(trust(), { now: () => now });
    await expect(verify?.(new Map())).rejects.toThrow("the bundle is not signed");
  });
});

describe("the order of signed bundles", () => {
  const newest = nowS;
  const marks = { contentOf: (revision: string) => (revision === "r1" ? "sha256:1" : null), newest: () => newest };
  const order = (revision: string, issuedAt: number | null, content = "sha256:1", known: object = marks) =>
    problemOf(() => checkOrder(revision, { keyId: "release", issuedAt, content, files: 1 }, known as never));

  test("lets the same and newer ones in, and any where none was active", async () => {
    expect(await order("r1", newest)).toBe("accepted");
    expect(await order("r2", newest + 1, "sha256:2")).toBe("accepted");
    expect(await order("r2", null, "sha256:2", { ...marks, newest: () => null })).toBe("accepted");
  });

  test.each<[string, string, number | null, string, string]>([
    ["an older one", "r2", newest - 1, "sha256:2", "bundle_older"],
    ["one that does not say when it was signed", "r2", null, "sha256:2", "bundle_order_lost"],
    ["another content under a revision that is known", "r1", newest + 1, "sha256:2", "revision_reused"],
  ])("refuses %s", async (_what, revision, issuedAt, content, problem) => {
    expect(await order(revision, issuedAt, content)).toBe(problem);
  });

  test("names times to the second", () => {
    expect(iso(nowS)).toBe("2026-11-26T00:00:00Z");
  });
});
