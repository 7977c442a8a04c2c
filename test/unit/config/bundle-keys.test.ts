import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { publicKey, readBundleTrust, secretKey } from "../../../gateway/config/bundle-keys.ts";
import { readConfig } from "../../../gateway/config/read-config.ts";
import { selfSigned } from "../../support/certificates.ts";
import { rocaKey } from "../../support/identity/roca-key.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-keys-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });

function file(content: string | object): string {
  const path = join(folder, "key");
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}
const pem = (key: KeyObject, type: "spki" | "pkcs1" = "spki"): string => key.export({ format: "pem", type }) as string;

test("reads a public key in PEM, as PKCS #1, as a certificate and as a JWK", async () => {
  const { certPem } = await selfSigned("release");
  expect(publicKey(file(pem(ec.publicKey)), "ES256").equals(ec.publicKey)).toBe(true);
  expect(publicKey(file(ec.publicKey.export({ format: "jwk" })), "ES256").equals(ec.publicKey)).toBe(true);
  expect(publicKey(file(certPem), "ES256").type).toBe("public");
  for (const algorithm of ["RS256", "PS512"] as const) {
    expect(publicKey(file(pem(rsa.publicKey, "pkcs1")), algorithm).equals(rsa.publicKey)).toBe(true);
    expect(publicKey(file(rsa.publicKey.export({ format: "jwk" })), algorithm).equals(rsa.publicKey)).toBe(true);
  }
});

test.each([
  [
    "a private key in PEM",
    () => ec.privateKey.export({ format: "pem", type: "pkcs8" }) as string,
    "holds a private key",
  ],
  [
    "a private key of the older kind",
    () => ec.privateKey.export({ format: "pem", type: "sec1" }) as string,
    "private key",
  ],
  ["a private JWK", () => ec.privateKey.export({ format: "jwk" }), "holds a private key"],
  ["a secret as a JWK", () => ({ kty: "oct", k: "c2VjcmV0" }), "name it as secret: env:NAME or file:PATH"],
  ["a set of keys", () => ({ keys: [] }), "is no public key in PEM and no JWK"],
  ["broken JSON", () => "{", "is neither PEM nor JSON"],
  ["an RSA key", () => pem(rsa.publicKey), "holds a key of the kind rsa 2048, and ES256 needs a key on prime256v1"],
])("refuses %s for ES256", (_name, content, message) => {
  expect(() => publicKey(file(content()), "ES256")).toThrow(message);
});

test("refuses an RSA key that is too short or flawed, and a secret shorter than the hash", () => {
  const short = generateKeyPairSync("rsa", { modulusLength: 1024 });
  expect(() => publicKey(file(pem(short.publicKey)), "RS256")).toThrow(
    "rsa 1024, and RS256 needs an RSA key of 2048 bits",
  );
  expect(() => publicKey(file(pem(createPublicKey(rocaKey()))), "RS256")).toThrow("CVE-2017-15361");
  expect(() => secretKey("x".repeat(47), "HS384")).toThrow("the secret has 47 bytes, and HS384 needs 48 or more");
  expect(secretKey("x".repeat(48), "HS384").symmetricKeySize).toBe(48);
});

test("gives each key its one algorithm, by default that of opa sign", () => {
  writeFileSync(join(folder, "rsa.pem"), pem(rsa.publicKey));
  writeFileSync(join(folder, "secret.txt"), `${"s".repeat(32)}\n`);
  writeFileSync(join(folder, "p.tar.gz"), "");
  writeFileSync(
    join(folder, "sallyport.yaml"),
    `version: 1
policy:
  source: { archive: p.tar.gz }
  signing: { keys: { Release_2026: { file: rsa.pem }, shared: { secret: "file:secret.txt" } }, scope: production }
`,
  );
  const config = readConfig(join(folder, "sallyport.yaml"));
  const { signing } = config.policy;
  if (signing === null) throw new Error("signing was read");
  const trust = readBundleTrust(signing, config);
  expect([trust.keyId, trust.scope]).toEqual([null, "production"]);
  expect([...trust.keys].map(([id, { algorithm, key }]) => [id, algorithm, key.type])).toEqual([
    ["Release_2026", "RS256", "public"],
    ["shared", "HS256", "secret"],
  ]);
});
