import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import jsonwebtoken from "jsonwebtoken";
import { rocaKey } from "../../../support/identity/roca-key.ts";
import {
  handClock,
  audience,
  identifier,
  keyServer,
  mint,
  outcome,
  route,
  signingKey,
  trustedIssuer,
} from "../fixtures.ts";

const iss = "https://idp.example";
const here = route([iss]);

const servers: { close(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function world() {
  const [first, next] = await Promise.all([signingKey("ES256", "k1"), signingKey("ES256", "k2")]);
  const clock = handClock();
  const server = await keyServer([first.publicJwk]);
  servers.push(server);
  const identify = identifier([trustedIssuer(iss, server.url)], clock);
  const token = (key = first, jti = "a") => mint(key, iss, clock, { claims: { jti } });
  return { first, next, clock, server, identify, token };
}

test("asks the key server once for many calls at once", async () => {
  const { server, identify, token } = await world();
  const tokens = await Promise.all(Array.from({ length: 20 }, (_, index) => token(undefined, String(index))));
  const subjects = await Promise.all(tokens.map((one) => outcome(identify, one, here)));
  expect(subjects.every((subject) => typeof subject === "object")).toBe(true);
  expect(server.state.asked).toBe(1);
});

test("accepts a new key as soon as the cooldown allows to look for it", async () => {
  const { server, identify, token, next, clock, first } = await world();
  await outcome(identify, await token(), here);
  server.state.keys = [first.publicJwk, next.publicJwk];
  expect(await outcome(identify, await token(next), here)).toBe("token_key_unknown");
  clock.advance(30_000);
  expect(await outcome(identify, await token(next), here)).toMatchObject({ id: "refund-bot" });
  expect(server.state.asked).toBe(2);
});

test("accepts a new key for all of many calls that see it first at once", async () => {
  const { server, identify, token, next, clock, first } = await world();
  await outcome(identify, await token(), here);
  server.state.keys = [first.publicJwk, next.publicJwk];
  clock.advance(30_000);
  const tokens = await Promise.all(Array.from({ length: 20 }, (_, index) => token(next, String(index))));
  const subjects = await Promise.all(tokens.map((one) => outcome(identify, one, here)));
  expect(subjects.filter((subject) => typeof subject === "string")).toEqual([]);
  expect(server.state.asked).toBe(2);
});

test("does not let made-up key ids hammer the issuer", async () => {
  const { server, identify, clock, first } = await world();
  for (let index = 0; index < 30; index += 1) {
    const made = await mint(first, iss, clock, { header: { kid: `made-up-${index}` } });
    expect(await outcome(identify, made, here)).toBe("token_key_unknown");
  }
  expect(server.state.asked).toBe(1);
});

test("refuses a removed key within the refresh limit, also for a token it has cached", async () => {
  const { server, identify, token, next, clock } = await world();
  const cached = await token();
  expect(await outcome(identify, cached, here)).toMatchObject({ id: "refund-bot" });
  server.state.keys = [next.publicJwk];
  clock.advance(200_000);
  expect(await outcome(identify, cached, here)).toMatchObject({ id: "refund-bot" });
  clock.advance(100_000);
  // 300 s old: the token itself is good for 30 s more of skew, its key is not.
  expect(await outcome(identify, cached, here)).toBe("token_key_unknown");
  expect(await outcome(identify, await token(next), here)).toMatchObject({ id: "refund-bot" });
});

test("refuses no valid token at the moment when its keys grow too old, wherever in a call that moment falls", async () => {
  const { server, clock, token } = await world();
  let ticks = 0;
  // Each look at this clock is one later than the last, so that the limit can fall between any two looks.
  const ticking = { ...clock, monotonic: () => (ticks += 1) };
  const limits = { refreshMs: 1000, cooldownMs: 50, staleMs: 1, timeoutMs: 60_000 };
  const keys = { kind: "url", url: server.url, ...limits } as const;
  for (let looksLeft = 1; looksLeft <= 20; looksLeft += 1) {
    const identify = identifier([trustedIssuer(iss, server.url, { keys })], ticking);
    expect(await outcome(identify, await token(undefined, "before"), here)).toMatchObject({ id: "refund-bot" });
    ticks += 1000 - looksLeft;
    expect(await outcome(identify, await token(undefined, "after"), here)).toMatchObject({ id: "refund-bot" });
  }
});

test("lives through an outage on the last good keys, and refuses when that has lasted too long", async () => {
  const { server, identify, token, clock } = await world();
  expect(await outcome(identify, await token(), here)).toMatchObject({ id: "refund-bot" });
  server.state.status = 503;
  clock.advance(300_000 + 1_799_000);
  expect(await outcome(identify, await token(), here)).toMatchObject({ id: "refund-bot" });
  clock.advance(1000);
  expect(await outcome(identify, await token(), here)).toBe("keys_unavailable");
  const asked = server.state.asked;
  expect(await outcome(identify, await token(), here)).toBe("keys_unavailable");
  expect(server.state.asked).toBe(asked);
  server.state.status = 200;
  clock.advance(30_000);
  expect(await outcome(identify, await token(), here)).toMatchObject({ id: "refund-bot" });
});

test("refuses a cached token too when an outage has lasted too long, also before it asks the issuer again", async () => {
  const { server, clock, token } = await world();
  const limits = { refreshMs: 1_000, cooldownMs: 50, staleMs: 1_000, timeoutMs: 60_000 };
  const keys = { kind: "url", url: server.url, ...limits } as const;
  const identify = identifier([trustedIssuer(iss, server.url, { keys })], clock);
  const cached = await token();
  expect(await outcome(identify, cached, here)).toMatchObject({ id: "refund-bot" });
  server.state.status = 503;
  clock.advance(1_990);
  expect(await outcome(identify, cached, here)).toMatchObject({ id: "refund-bot" });
  clock.advance(10);
  expect(await outcome(identify, cached, here)).toBe("keys_unavailable");
});

test.each([
  ["nothing but an error", 500, null],
  ["no JSON", 200, "<html>"],
  ["no key set", 200, '{"keys":{}}'],
  ["a redirect", 302, ""],
  ["an endless answer", 200, `{"keys":[],"pad":"${"x".repeat(1024 * 1024)}"}`],
])("refuses as unavailable when the key server answers with %s", async (_, status, raw) => {
  const { server, identify, token } = await world();
  Object.assign(server.state, { status, raw });
  expect(await outcome(identify, await token(), here)).toBe("keys_unavailable");
});

test("refuses a key set that shows a secret key", async () => {
  const { server, identify, token, first } = await world();
  server.state.keys = [{ ...first.publicJwk, d: "AAAA" }];
  expect(await outcome(identify, await token(), here)).toBe("keys_unavailable");
});

test("refuses two keys under one id, and a token without an id when several keys fit", async () => {
  const { server, identify, token, first, next, clock } = await world();
  server.state.keys = [first.publicJwk, { ...next.publicJwk, kid: "k1" }];
  expect(await outcome(identify, await token(), here)).toBe("token_key_unknown");
  const nameless = await mint(first, iss, clock, { header: { kid: undefined } as never });
  expect(await outcome(identify, nameless, here)).toBe("token_key_unknown");
});

test("refuses an RSA key of 1024 bits", async () => {
  const { server, identify, clock } = await world();
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 1024 });
  server.state.keys = [{ ...publicKey.export({ format: "jwk" }), kid: "weak" }];
  const iat = Math.floor(clock.now() / 1000);
  const signing = { iss, sub: "x", aud: audience, iat, exp: iat + 60 };
  const token = jsonwebtoken.sign(signing, privateKey, {
    algorithm: "RS256",
    keyid: "weak",
    allowInsecureKeySizes: true,
  });
  expect(await outcome(identify, token, here)).toBe("token_key_unknown");
});

test("refuses a key of the flawed generator of CVE-2017-15361 (ROCA)", async () => {
  const { server, identify, clock } = await world();
  const privateKey = rocaKey();
  server.state.keys = [{ ...createPublicKey(privateKey).export({ format: "jwk" }), kid: "roca" }];
  const iat = Math.floor(clock.now() / 1000);
  const signing = { iss, sub: "x", aud: audience, iat, exp: iat + 60 };
  const token = jsonwebtoken.sign(signing, privateKey, { algorithm: "RS256", keyid: "roca" });
  expect(await outcome(identify, token, here)).toBe("token_key_unknown");
});

test("refuses a P-384 key for ES256", async () => {
  const { server, identify, token } = await world();
  const wide = await signingKey("ES384", "k1", { alg: "ES256" });
  server.state.keys = [wide.publicJwk];
  expect(await outcome(identify, await token(), here)).toBe("token_key_unknown");
});

test("reads a key file again when it has changed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-keys-"));
  const path = join(folder, "jwks.json");
  const [first, next] = await Promise.all([signingKey("ES256", "k1"), signingKey("ES256", "k2")]);
  const clock = handClock();
  const identify = identifier([trustedIssuer(iss, "", { keys: { kind: "file", path } })], clock);
  writeFileSync(path, JSON.stringify({ keys: [first.publicJwk] }));
  const old = await mint(first, iss, clock);
  expect(await outcome(identify, old, here)).toMatchObject({ id: "refund-bot" });
  writeFileSync(path, JSON.stringify({ keys: [next.publicJwk] }));
  clock.advance(5000);
  expect(await outcome(identify, old, here)).toBe("token_key_unknown");
  expect(await outcome(identify, await mint(next, iss, clock), here)).toMatchObject({ id: "refund-bot" });
  rmSync(folder, { recursive: true });
});

test("keeps one issuer's keys out of another's tokens although both use the same key id", async () => {
  const { server, clock, first } = await world();
  const otherKey = await signingKey("ES256", "k1");
  const otherServer = await keyServer([otherKey.publicJwk]);
  servers.push(otherServer);
  const other = "https://other.example";
  const identify = identifier([trustedIssuer(iss, server.url), trustedIssuer(other, otherServer.url)], clock);
  const both = route([iss, other]);
  expect(await outcome(identify, await mint(first, iss, clock), both)).toMatchObject({ issuer: iss });
  expect(await outcome(identify, await mint(otherKey, other, clock), both)).toMatchObject({ issuer: other });
  expect(await outcome(identify, await mint(otherKey, iss, clock), both)).toBe("token_invalid");
});
