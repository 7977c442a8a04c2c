import { createSecretKey, generateKeyPairSync } from "node:crypto";
import { SignJWT } from "jose";
import type { BundleTrust } from "../../../../gateway/domain/settings.ts";
import { SignatureRefusal } from "../../../../gateway/bundles/failure.ts";
import { signatureOf, verifyToken } from "../../../../gateway/bundles/signatures/signature-token.ts";

const secret = createSecretKey(Buffer.alloc(32, "s"));
const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
const trust = (keyId: string | null = null): BundleTrust => ({
  keys: new Map([
    ["release", { algorithm: "ES256", key: pair.publicKey }],
    ["shared", { algorithm: "HS256", key: secret }],
  ]),
  keyId,
  scope: "",
});

const signed = (claims: Record<string, unknown>, header: { alg: string; kid?: string }, key = pair.privateKey) =>
  new SignJWT(claims).setProtectedHeader(header).sign(key);

async function problemOf(refused: () => unknown): Promise<string> {
  try {
    await refused();
    return "accepted";
  } catch (thrown) {
    if (thrown instanceof SignatureRefusal) return thrown.problem;
    throw thrown;
  }
}

describe("the token of a signature", () => {
  test("is verified with the key that it names, in its header or in its claims as OPA does", async () => {
    expect(await verifyToken(await signed({ files: [] }, { alg: "ES256", kid: "release" }), trust())).toEqual({
      keyId: "release",
      claims: { files: [] },
    });
    const claims = { keyid: "release" };
    expect(await verifyToken(await signed(claims, { alg: "ES256" }), trust())).toEqual({ keyId: "release", claims });
  });

  test("is verified with the configured key, whatever it names", async () => {
    const other = await signed({ keyid: "shared" }, { alg: "ES256", kid: "shared" });
    expect((await verifyToken(other, trust("release"))).keyId).toBe("release");
  });

  test.each<[string, () => Promise<string>, string]>([
    ["names no key", () => signed({ keyid: "" }, { alg: "ES256" }), "signature_key_unnamed"],
    ["names an unknown key", () => signed({}, { alg: "ES256", kid: "old" }), "signature_key_unknown"],
    // The public key is no secret: whoever has it could make such a token.
    [
      "was made with the other algorithm of the key",
      () => signed({}, { alg: "HS256", kid: "release" }, secret),
      "signature_algorithm_refused",
    ],
    [
      "was made with another key",
      () => signed({}, { alg: "HS256", kid: "shared" }, createSecretKey(Buffer.alloc(32, "t"))),
      "signature_invalid",
    ],
    [
      "is signed by nobody",
      () => Promise.resolve(`${part({ alg: "none", kid: "release" })}.${part({})}.`),
      "signature_algorithm_refused",
    ],
    ["has two parts", () => Promise.resolve(`${part({ alg: "ES256" })}.${part({})}`), "signature_malformed"],
    ["has no header", () => Promise.resolve(`x.${part({})}.x`), "signature_malformed"],
    ["has a list for claims", () => Promise.resolve(`${part({ alg: "ES256" })}.${part([])}.x`), "signature_malformed"],
  ])("is refused when it %s", async (_what, token, problem) => {
    expect(await problemOf(async () => verifyToken(await token(), trust()))).toBe(problem);
  });

  test("that was changed is refused, with a hint where an editor may have added a line end", async () => {
    const [head, , signature] = (await signed({}, { alg: "HS256", kid: "shared" }, secret)).split(".");
    const changed = `${head}.${part({ files: [] })}.${signature}`;
    await expect(verifyToken(changed, trust())).rejects.toThrow("opa counts a line end at the end of its secret file");
  });
});

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

describe("the signature of a bundle", () => {
  const block = (value: unknown): ReadonlyMap<string, Buffer> =>
    new Map([[".signatures.json", Buffer.from(typeof value === "string" ? value : JSON.stringify(value))]]);

  test("is the one token of its block", () => {
    expect(signatureOf(block({ signatures: ["a.b.c"] }))).toBe("a.b.c");
    expect(signatureOf(block({ signatures: ["a.b.c"], plugin: "_default" }))).toBe("a.b.c");
  });

  test.each<[string, ReadonlyMap<string, Buffer>, string]>([
    ["no block", new Map(), "bundle_unsigned"],
    ["an empty block", block({}), "signature_block_empty"],
    ["a block of null", block({ signatures: null }), "signature_block_empty"],
    ["an empty list", block({ signatures: [] }), "signature_block_empty"],
    ["two tokens", block({ signatures: ["a.b.c", "d.e.f"] }), "signature_block_many"],
    ["a token that is no text", block({ signatures: [1] }), "signature_block_unreadable"],
    ["tokens in an object", block({ signatures: { a: "a.b.c" } }), "signature_block_unreadable"],
    ["a block that is no JSON", block("{"), "signature_block_unreadable"],
    ["a block that is a list", block([]), "signature_block_unreadable"],
    ["a verifier of its own", block({ signatures: ["a.b.c"], plugin: "mine" }), "signature_block_unreadable"],
    [
      "a second block deeper down",
      new Map([...block({ signatures: ["a.b.c"] }), ["x/.signatures.json", Buffer.from("{}")]]),
      "signature_block_many",
    ],
  ])("is refused with %s", async (_what, entries, problem) => {
    expect(await problemOf(() => signatureOf(entries))).toBe(problem);
  });
});
