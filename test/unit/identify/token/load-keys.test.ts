import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JSONWebKeySet } from "jose";
import { loadKeys } from "../../../../gateway/identify/token/key-set.ts";
import { usableKeys } from "../../../../gateway/lib/usable-keys.ts";
import { keyServer, signingKey } from "../fixtures.ts";

const key = { kty: "EC", crv: "P-256", x: "x", y: "y" };
const set = (...keys: unknown[]) => ({ keys }) as JSONWebKeySet;

test("leaves out keys that verify no signature", () => {
  const usable = [key, { ...key, use: "sig" }, { ...key, key_ops: ["verify"] }];
  const others = [
    { ...key, use: "enc" },
    { ...key, key_ops: ["deriveBits"] },
    { ...key, kty: "AKP" },
  ];
  expect(usableKeys(set(...usable, ...others))).toEqual(usable);
});

test("takes from a SPIFFE bundle only the keys of JWT-SVIDs, as signature keys", () => {
  const bundle = set({ ...key, use: "jwt-svid" }, { ...key, use: "x509-svid" }, { ...key, use: "sig" }, key);
  expect(usableKeys(bundle, "jwt-svid")).toEqual([{ ...key, use: "sig" }]);
});

test.each<[string, unknown, RegExp]>([
  ["no list", { keys: {} }, /no key set/],
  ["a text for a key", set("key"), /no key/],
  ["a secret part", set({ ...key, d: "secret" }), /secret key parts/],
  ["a shared secret", set({ kty: "oct", k: "secret" }), /secret key parts/],
  ["more than a hundred keys", set(...Array.from({ length: 101 }, () => key)), /more than 100 keys/],
])("refuses a key set with %s", (_, keys, message) => {
  expect(() => usableKeys(keys as JSONWebKeySet)).toThrow(message);
});

test("names a key file that is no JSON", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-keys-"));
  const path = join(folder, "keys.json");
  writeFileSync(path, '{"keys":[');
  await expect(loadKeys({ kind: "file", path })()).rejects.toThrow(`${path} is no JSON: `);
  rmSync(folder, { recursive: true });
});

test("loads keys from a URL, and refuses an answer without end and one that leads elsewhere", async () => {
  const { publicJwk } = await signingKey("ES256", "k");
  const server = await keyServer([publicJwk]);
  try {
    const load = loadKeys({ kind: "url", url: server.url, refreshMs: 1, cooldownMs: 1, staleMs: 1, timeoutMs: 60_000 });
    expect(await load()).toEqual({ keys: [publicJwk] });
    server.state.raw = `{"keys":[],"padding":"${"x".repeat(1024 * 1024)}"}`;
    await expect(load()).rejects.toThrow(/larger than 1048576 bytes/);
    Object.assign(server.state, { raw: null, status: 302 });
    await expect(load()).rejects.toThrow();
  } finally {
    await server.close();
  }
});
