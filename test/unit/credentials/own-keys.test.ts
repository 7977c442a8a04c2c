import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { generateKeyPairSync } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from "jose";
import { openOwnKeys, type OwnKeys } from "../../../gateway/credentials/own-keys.ts";

let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), "sallyport-own-keys-")), "keys");
});
afterEach(() => rmSync(join(folder, ".."), { recursive: true }));

const verified = async (keys: OwnKeys, token: string) =>
  jwtVerify(token, createLocalJWKSet(keys.publicKeys as unknown as JSONWebKeySet));

function pem(curve = "P-256"): string {
  return generateKeyPairSync("ec", { namedCurve: curve }).privateKey.export({ type: "pkcs8", format: "pem" }) as string;
}

test("makes a key at first use, signs with it again, and publishes its public part alone", async () => {
  const keys = openOwnKeys(folder);
  const { payload, protectedHeader } = await verified(keys, openOwnKeys(folder).sign({ sub: "ann" }, "test+jwt"));
  expect(payload).toEqual({ sub: "ann" });
  expect(protectedHeader).toMatchObject({ alg: "ES256", typ: "test+jwt", kid: keys.publicKeys.keys[0]?.["kid"] });
  expect(keys.publicKeys.keys.map((key) => Object.keys(key).toSorted())).toEqual([
    ["alg", "crv", "kid", "kty", "use", "x", "y"],
  ]);
  expect(readdirSync(folder)).toEqual(["0001.pem"]);
});

test("signs with the last key and still publishes those before", async () => {
  const before = openOwnKeys(folder).sign({ sub: "ann" }, "JWT");
  writeFileSync(join(folder, "0002.pem"), pem(), { mode: 0o600 });
  const keys = openOwnKeys(folder);
  expect(keys.publicKeys.keys).toHaveLength(2);
  const after = await verified(keys, keys.sign({ sub: "bob" }, "JWT"));
  expect(after.protectedHeader.kid).toBe(keys.publicKeys.keys[1]?.["kid"]);
  expect((await verified(keys, before)).payload.sub).toBe("ann");
});

test.each([
  ["that others may read", () => pem(), 0o644, /can be read by others; chmod 600 it/],
  ["of another curve", () => pem("P-384"), 0o600, /holds no P-256 key/],
])("refuses a key %s", (_what, text, mode, message) => {
  openOwnKeys(folder);
  const file = join(folder, "0002.pem");
  writeFileSync(file, text());
  chmodSync(file, mode);
  expect(() => openOwnKeys(folder)).toThrow(message);
});

test("makes no key where gateways of one database must have the same", () => {
  expect(() => openOwnKeys(folder, "given")).toThrow("put the same P-256 key (PEM) there for each, as 0001.pem");
  expect(readdirSync(folder)).toEqual([]);
  writeFileSync(join(folder, "0001.pem"), pem(), { mode: 0o600 });
  expect(openOwnKeys(folder, "given").publicKeys.keys).toHaveLength(1);
});
