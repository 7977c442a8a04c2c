import { createHmac, createPublicKey } from "node:crypto";
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
import type { Minted, SigningKey } from "../fixtures.ts";

const iss = "https://idp.example";
const otherIss = "https://other.example";
const clock = handClock();
const second = Math.floor(clock.now() / 1000);
let keys: Record<string, SigningKey>;
let server: Awaited<ReturnType<typeof keyServer>>;
let otherServer: Awaited<ReturnType<typeof keyServer>>;

beforeAll(async () => {
  keys = {
    es: await signingKey("ES256", "es"),
    rs: await signingKey("RS256", "rs"),
    ps: await signingKey("PS256", "ps"),
    es384: await signingKey("ES384", "es384"),
    ed: await signingKey("EdDSA", "ed"),
    stranger: await signingKey("ES256", "es"),
    other: await signingKey("ES256", "other"),
    encrypts: await signingKey("ES256", "encrypts", { use: "enc" }),
    derives: await signingKey("ES256", "derives", { key_ops: ["deriveBits"] }),
    mislabelled: await signingKey("RS256", "mislabelled", { alg: "RS512" }),
  };
  const { stranger: _stranger, other, ...published } = keys;
  server = await keyServer(Object.values(published).map((key) => key.publicJwk));
  otherServer = await keyServer([other?.publicJwk ?? {}]);
});
afterAll(async () => {
  await server.close();
  await otherServer.close();
});

function key(name: string): SigningKey {
  const found = keys[name];
  if (found === undefined) throw new Error(`no key ${name}`);
  return found;
}

function identify() {
  return identifier([trustedIssuer(iss, server.url), trustedIssuer(otherIss, otherServer.url)], clock);
}

async function judged(name: string, change: Minted = {}, issuer = iss) {
  return outcome(identify(), await mint(key(name), issuer, clock, change), route([iss]));
}

function forged(header: object, claims: object, signature: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part(header)}.${part(claims)}.${signature}`;
}

const goodClaims = { iss, sub: "refund-bot", aud: audience, iat: second, exp: second + 300 };

test.each(["es", "rs", "ps", "es384", "ed"])("accepts a token signed with %s", async (name) => {
  expect(await judged(name)).toMatchObject({
    type: "agent",
    id: "refund-bot",
    issuer: iss,
    proof: { method: "none", key: null },
  });
});

test("reads roles, scopes, session, purpose and client from the claims", async () => {
  const claims = {
    roles: ["refunds"],
    scope: "tools:call tools:list",
    sid: "run-7",
    purpose: "refund order 881",
    client_id: "bot-app",
  };
  expect(await judged("es", { claims })).toMatchObject({
    roles: ["refunds"],
    scopes: ["tools:call", "tools:list"],
    session: "run-7",
    purpose: { text: "refund order 881", truncated: false },
    clientId: "bot-app",
    actingFor: null,
    actorChain: [],
    expiresAt: second + 300,
  });
});

test("takes the outermost actor for the caller and sub for the person behind it", async () => {
  const claims = {
    sub: "alice@example.com",
    email: "alice@example.com",
    act: { sub: "refund-bot", act: { sub: "orchestrator" } },
  };
  expect(await judged("es", { claims })).toMatchObject({
    id: "refund-bot",
    actorChain: ["refund-bot", "orchestrator"],
    actingFor: { id: "alice@example.com", claims: { sub: "alice@example.com", email: "alice@example.com" } },
  });
});

test("accepts an audience list that contains this route, and an audience that is just this route", async () => {
  expect(await judged("es", { claims: { aud: ["https://else.example", audience] } })).toMatchObject({
    id: "refund-bot",
  });
});

test.each<[string, string, Minted, string]>([
  ["an expired token", "es", { claims: { iat: second - 600, exp: second - 31 } }, "token_expired"],
  ["a token from the future", "es", { claims: { iat: second + 31, exp: second + 60 } }, "token_not_yet_valid"],
  ["a token that is not valid yet", "es", { claims: { nbf: second + 31 } }, "token_not_yet_valid"],
  ["a token without exp", "es", { without: ["exp"] }, "token_invalid"],
  ["a token without iat", "es", { without: ["iat"] }, "token_invalid"],
  ["a token without sub", "es", { without: ["sub"] }, "token_invalid"],
  ["an exp that is text", "es", { claims: { exp: String(second + 300) as never } }, "token_invalid"],
  ["a token that lives too long", "es", { claims: { exp: second + 901 } }, "token_lifetime"],
  [
    "a token that expires before it was issued",
    "es",
    { claims: { iat: second + 20, exp: second + 10 } },
    "token_invalid",
  ],
  ["another audience", "es", { claims: { aud: "https://gw.example/crm" } }, "token_audience"],
  ["an audience with a slash more", "es", { claims: { aud: `${audience}/` } }, "token_audience"],
  ["an audience that only begins alike", "es", { claims: { aud: "https://gw.example/pay" } }, "token_audience"],
  ["an audience in capitals", "es", { claims: { aud: audience.toUpperCase() } }, "token_audience"],
  ["no audience", "es", { without: ["aud"] }, "token_audience"],
  [
    "an audience list with something else than texts",
    "es",
    { claims: { aud: [audience, 7] as never } },
    "token_audience",
  ],
  ["an issuer nobody configured", "es", { claims: { iss: "https://evil.example" } }, "token_issuer_unknown"],
  ["an issuer with a slash more", "es", { claims: { iss: `${iss}/` } }, "token_issuer_unknown"],
  ["no issuer", "es", { without: ["iss"] }, "token_issuer_unknown"],
  [
    "a configured issuer that this route does not trust",
    "other",
    { claims: { iss: otherIss } },
    "token_issuer_unknown",
  ],
  ["a trusted iss signed with another issuer's key", "other", {}, "token_key_unknown"],
  ["a known key id with a stranger's signature", "stranger", {}, "token_invalid"],
  ["an unknown key id", "es", { header: { kid: "nope" } }, "token_key_unknown"],
  ["a key id with a path in it", "es", { header: { kid: "../../dev/null\u0000" } }, "token_invalid"],
  ["a key id of 129 characters", "es", { header: { kid: "k".repeat(129) } }, "token_invalid"],
  ["a key that is for encryption", "encrypts", {}, "token_key_unknown"],
  ["a key whose operations lack verify", "derives", {}, "token_key_unknown"],
  ["a key published for another algorithm", "mislabelled", {}, "token_key_unknown"],
  ["an unknown critical header", "es", { header: { crit: ["exp"], exp: 1 } }, "token_invalid"],
  ["a key URL in the header", "es", { header: { jku: "https://evil.example/jwks" } }, "token_invalid"],
  ["a certificate URL in the header", "es", { header: { x5u: "https://evil.example/x" } }, "token_invalid"],
  ["certificates in the header", "es", { header: { x5c: ["MII="] } }, "token_invalid"],
  ["a DPoP proof as token", "es", { header: { typ: "dpop+jwt" } }, "token_invalid"],
  ["a logout token", "es", { header: { typ: "logout+jwt" } }, "token_invalid"],
  ["a token bound to a key, sent as Bearer", "es", { claims: { cnf: { jkt: "x".repeat(43) } } }, "token_proof_missing"],
  ["roles that are no list of texts", "es", { claims: { roles: [{ name: "admin" }] } }, "token_invalid"],
  ["a session id with a line break", "es", { claims: { sid: "a\nb" } }, "token_invalid"],
  [
    "an actor of another issuer",
    "es",
    { claims: { act: { sub: "bot", iss: "https://evil.example" } } },
    "token_invalid",
  ],
  ["an actor without a name", "es", { claims: { act: {} } }, "token_invalid"],
])("refuses %s", async (_, name, change, code) => {
  expect(await judged(name, change)).toBe(code);
});

test("refuses a header that brings its own key", async () => {
  const stranger = key("stranger");
  const token = await mint(stranger, iss, clock, { header: { jwk: stranger.publicJwk } });
  expect(await outcome(identify(), token, route([iss]))).toBe("token_invalid");
});

test.each(["none", "None", "NONE", ""])("refuses alg %j", async (alg) => {
  const token = forged({ alg, typ: "JWT", kid: "es" }, goodClaims, "AA");
  expect(await outcome(identify(), token, route([iss]))).toBe("token_invalid");
});

test("refuses an HMAC made with the public RSA key (CVE-2016-10555)", async () => {
  const pem = createPublicKey({ key: key("rs").publicJwk, format: "jwk" }).export({
    type: "spki",
    format: "pem",
  });
  const unsigned = forged({ alg: "HS256", typ: "JWT", kid: "rs" }, goodClaims, "").slice(0, -1);
  const token = `${unsigned}.${createHmac("sha256", pem).update(unsigned).digest("base64url")}`;
  expect(await outcome(identify(), token, route([iss]))).toBe("token_invalid");
});

test("refuses an ECDSA signature of zeros (CVE-2022-21449)", async () => {
  const token = forged({ alg: "ES256", typ: "JWT", kid: "es" }, goodClaims, Buffer.alloc(64).toString("base64url"));
  expect(await outcome(identify(), token, route([iss]))).toBe("token_invalid");
});

test("refuses every other spelling of a good token", async () => {
  const good = await mint(key("es"), iss, clock);
  const [header = "", payload = "", signature = ""] = good.split(".");
  // The last character of 64 bytes carries two bits only; the other four are ignored by lax decoders.
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const last = alphabet[alphabet.indexOf(signature.at(-1) ?? "") + 1] ?? "";
  const other = [
    `${header}.${payload}.${signature.slice(0, -1)}${last}`,
    `${header}.${payload}.${signature}=`,
    `${header}.${payload}.${signature}==`,
    `${header}.${payload}.`,
    `${header}.${payload}`,
    `${header}.${payload}.${signature}.`,
    `${header}.${payload}.${signature}.${signature}`,
    `.${payload}.${signature}`,
    `${header}..${signature}`,
    `${header}.${payload}.${signature.replaceAll("-", "+").replaceAll("_", "/")}~`,
  ];
  for (const token of other)
    expect(await outcome(identify(), token, route([iss]))).toMatch(/^(token_invalid|credential_malformed)$/);
  expect(await outcome(identify(), good, route([iss]))).toMatchObject({ id: "refund-bot" });
});

test.each([
  ["no JSON", "bm90IGpzb24"],
  ["a JSON list", Buffer.from("[]").toString("base64url")],
  ["bytes that are no UTF-8", Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]).toString("base64url")],
])("refuses a payload that is %s", async (_, payload) => {
  const [header = "", , signature = ""] = (await mint(key("es"), iss, clock)).split(".");
  expect(await outcome(identify(), `${header}.${payload}.${signature}`, route([iss]))).toBe("token_invalid");
});

test("refuses a changed payload", async () => {
  const [header = "", , signature = ""] = (await mint(key("es"), iss, clock)).split(".");
  const payload = Buffer.from(JSON.stringify({ ...goodClaims, roles: ["admin"] })).toString("base64url");
  expect(await outcome(identify(), `${header}.${payload}.${signature}`, route([iss]))).toBe("token_invalid");
});

test("asks no key server about a token of an unknown issuer", async () => {
  const asked = server.state.asked + otherServer.state.asked;
  expect(await judged("es", { claims: { iss: "https://evil.example" } })).toBe("token_issuer_unknown");
  expect(server.state.asked + otherServer.state.asked).toBe(asked);
});
