import { createHmac, createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import { asRefusal } from "../../../../gateway/domain/errors.ts";
import { rocaKey } from "../../../support/identity/roca-key.ts";
import { handClock, identifier, keyServer, mint, route, signingKey, trustedIssuer } from "../fixtures.ts";
import type { SigningKey } from "../fixtures.ts";
import { judged, proof, type ProofChange, type ProofKey, proofKey, proven } from "./fixtures.ts";

const iss = "https://idp.example";
const here = route([iss]);
let signer: SigningKey;
let server: Awaited<ReturnType<typeof keyServer>>;
let key: ProofKey;
let other: ProofKey;

beforeAll(async () => {
  [signer, key, other] = await Promise.all([signingKey("ES256", "k"), proofKey(), proofKey()]);
  server = await keyServer([signer.publicJwk]);
});
afterAll(() => server.close());

async function world(change: Partial<Parameters<typeof trustedIssuer>[2]> = {}) {
  const clock = handClock();
  const identify = identifier([trustedIssuer(iss, server.url, change)], clock);
  const token = await mint(signer, iss, clock, { claims: { cnf: { jkt: key.jkt } } });
  return { clock, identify, token };
}

test.each(["ES256", "EdDSA", "PS256"])("identifies a caller by a token and a proof signed with %s", async (alg) => {
  const { clock, identify } = await world();
  const own = await proofKey(alg);
  const token = await mint(signer, iss, clock, { claims: { cnf: { jkt: own.jkt } } });
  expect(await judged(identify, proven(token, [await proof(own, token, clock)]), here)).toMatchObject({
    id: "refund-bot",
    proof: { method: "dpop", key: own.jkt },
  });
});

test.each<[string, ProofChange]>([
  ["query and fragment", { claims: { htu: "https://gw.example/payments/v1/orders/881?x=1#y" } }],
  ["host and scheme in capitals", { claims: { htu: "HTTPS://GW.Example/payments/v1/orders/881" } }],
  ["the default port", { claims: { htu: "https://gw.example:443/payments/v1/orders/881" } }],
  ["a nonce nobody asked for", { claims: { nonce: "x" } }],
  ["claims of its maker's own", { claims: { exp: 4_000_000_000, more: { a: 1 } } }],
])("accepts a proof with %s", async (_, change) => {
  const { clock, identify, token } = await world();
  const one = await proof(key, token, clock, change);
  expect(await judged(identify, proven(token, [one], { url: "/payments/v1/orders/881?page=2" }), here)).toMatchObject({
    proof: { method: "dpop" },
  });
});

const second = Math.floor(handClock().now() / 1000);

test.each<[string, ProofChange, string]>([
  ["another method", { claims: { htm: "POST" } }, "proof_invalid"],
  ["the method in small letters", { claims: { htm: "get" } }, "proof_invalid"],
  ["no method", { without: ["htm"] }, "proof_invalid"],
  ["another path", { claims: { htu: "https://gw.example/payments/v1/orders/882" } }, "proof_invalid"],
  ["a path with a slash more", { claims: { htu: "https://gw.example/payments/v1/orders/881/" } }, "proof_invalid"],
  ["another host", { claims: { htu: "https://evil.example/payments/v1/orders/881" } }, "proof_invalid"],
  ["plain http", { claims: { htu: "http://gw.example/payments/v1/orders/881" } }, "proof_invalid"],
  ["another port", { claims: { htu: "https://gw.example:8443/payments/v1/orders/881" } }, "proof_invalid"],
  [
    "a user before the host",
    { claims: { htu: "https://gw.example@evil.example/payments/v1/orders/881" } },
    "proof_invalid",
  ],
  ["a path alone", { claims: { htu: "/payments/v1/orders/881" } }, "proof_invalid"],
  ["a list of URLs", { claims: { htu: ["https://gw.example/payments/v1/orders/881"] } }, "proof_invalid"],
  ["the upstream's URL", { claims: { htu: "http://127.0.0.1:9001/v1/orders/881" } }, "proof_invalid"],
  ["no ath", { without: ["ath"] }, "proof_invalid"],
  ["the ath of another token", { claims: { ath: "A".repeat(43) } }, "proof_invalid"],
  ["no jti", { without: ["jti"] }, "proof_invalid"],
  ["an empty jti", { claims: { jti: "" } }, "proof_invalid"],
  ["a jti that is a number", { claims: { jti: 7 } }, "proof_invalid"],
  ["a jti of 257 characters", { claims: { jti: "j".repeat(257) } }, "proof_invalid"],
  ["no iat", { without: ["iat"] }, "proof_invalid"],
  ["an iat that is text", { claims: { iat: String(second) } }, "proof_invalid"],
  ["an iat of 91 s ago", { claims: { iat: second - 91 } }, "proof_invalid"],
  ["an iat 31 s ahead", { claims: { iat: second + 31 } }, "proof_invalid"],
  ["an exp that has passed", { claims: { exp: second - 31 } }, "proof_invalid"],
  ["a nbf that has not come", { claims: { nbf: second + 31 } }, "proof_invalid"],
  ["typ JWT", { header: { typ: "JWT" } }, "proof_invalid"],
  ["typ in capitals", { header: { typ: "DPOP+JWT" } }, "proof_invalid"],
  ["typ of an access token", { header: { typ: "at+jwt" } }, "proof_invalid"],
  ["no typ", { header: { typ: undefined } }, "proof_invalid"],
  ["no jwk", { header: { jwk: undefined } }, "proof_invalid"],
  ["a jwk that is text", { header: { jwk: "{}" } }, "proof_invalid"],
  ["a jwk list", { header: { jwk: [] } }, "proof_invalid"],
  ["a critical header", { header: { crit: ["x"], x: 1 } }, "proof_invalid"],
  ["a key URL", { header: { jku: "https://evil.example/jwks" } }, "proof_invalid"],
  ["a certificate chain", { header: { x5c: ["MII="] } }, "proof_invalid"],
])("refuses a proof with %s", async (_, change, code) => {
  const { clock, identify, token } = await world();
  expect(await judged(identify, proven(token, [await proof(key, token, clock, change)]), here)).toBe(code);
});

test.each<[string, (jwk: object) => object]>([
  ["its private part", (jwk) => ({ ...jwk, d: "AAAA" })],
  ["use enc", (jwk) => ({ ...jwk, use: "enc" })],
  ["operations without verify", (jwk) => ({ ...jwk, key_ops: ["sign"] })],
  ["another alg", (jwk) => ({ ...jwk, alg: "ES384" })],
  ["a secret for a key", () => ({ kty: "oct", k: "AAAA" })],
  ["a coordinate that is off the curve", (jwk) => ({ ...jwk, y: "A".repeat(43) })],
  ["another curve's name", (jwk) => ({ ...jwk, crv: "P-384" })],
])("refuses a proof whose jwk has %s", async (_, change) => {
  const { clock, identify, token } = await world();
  const one = await proof(key, token, clock, { header: { jwk: change(key.publicJwk) } });
  expect(await judged(identify, proven(token, [one]), here)).toBe("proof_invalid");
});

function jwt(header: object, claims: object, signed: (input: string) => string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const input = `${part(header)}.${part(claims)}`;
  return `${input}.${signed(input)}`;
}

test("refuses proofs without a signature, by a shared secret, by a weak key, and with bytes changed", async () => {
  const { clock, identify, token } = await world();
  const good = await proof(key, token, clock);
  const [, payload = "", signature = ""] = good.split(".");
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as object;
  const weak = generateKeyPairSync("rsa", { modulusLength: 1024 });
  const flawed = rocaKey();
  const bad = {
    none: jwt({ typ: "dpop+jwt", alg: "none", jwk: key.publicJwk }, claims, () => "AA"),
    hmac: jwt({ typ: "dpop+jwt", alg: "HS256", jwk: key.publicJwk }, claims, (input) =>
      createHmac("sha256", JSON.stringify(key.publicJwk)).update(input).digest("base64url"),
    ),
    weak: jwt({ typ: "dpop+jwt", alg: "PS256", jwk: weak.publicKey.export({ format: "jwk" }) }, claims, (input) =>
      sign("sha256", Buffer.from(input), { key: weak.privateKey, padding: 6, saltLength: 32 }).toString("base64url"),
    ),
    flawed: jwt(
      { typ: "dpop+jwt", alg: "PS256", jwk: createPublicKey(flawed).export({ format: "jwk" }) },
      claims,
      (input) => sign("sha256", Buffer.from(input), { key: flawed, padding: 6, saltLength: 32 }).toString("base64url"),
    ),
    notListed: await proof(await proofKey("ES384"), token, clock),
    stranger: await proof(key, token, clock, { signedBy: other }),
    changed: good.replace(signature, `${signature.slice(0, -8)}AAAAAAAA`),
    padded: `${good}=`,
    fourParts: `${good}.x`,
    json: '{"payload":""}',
    two: `${good}, ${good}`,
    long: `${good}${"A".repeat(8192)}`,
    empty: "",
  };
  const codes = await Promise.all(Object.values(bad).map((one) => judged(identify, proven(token, [one]), here)));
  expect(codes).toEqual(Object.values(bad).map(() => "proof_invalid"));
  expect(await judged(identify, proven(token, [good]), here)).toMatchObject({ id: "refund-bot" });
});

describe("the binding, both ways", () => {
  test("refuses a good proof by another key than the token's", async () => {
    const { clock, identify, token } = await world();
    expect(await judged(identify, proven(token, [await proof(other, token, clock)]), here)).toBe("proof_key");
  });

  test("refuses a bound token as Bearer, and as DPoP without a proof", async () => {
    const { identify, token } = await world();
    expect(await judged(identify, proven(token, [], { scheme: "Bearer" }), here)).toBe("token_proof_missing");
    expect(await judged(identify, proven(token, []), here)).toBe("token_proof_missing");
  });

  test("refuses a proof beside Bearer, whether the token is bound or not", async () => {
    const { clock, identify, token } = await world();
    const free = await mint(signer, iss, clock);
    for (const one of [token, free]) {
      const req = proven(one, [await proof(key, one, clock)], { scheme: "Bearer" });
      expect(await judged(identify, req, here)).toBe("credential_malformed");
    }
  });

  test("refuses a token without a key as DPoP", async () => {
    const { clock, identify } = await world();
    const free = await mint(signer, iss, clock);
    expect(await judged(identify, proven(free, [await proof(key, free, clock)]), here)).toBe("proof_key");
  });

  test("refuses two DPoP headers, also when both are the same good proof", async () => {
    const { clock, identify, token } = await world();
    const one = await proof(key, token, clock);
    expect(await judged(identify, proven(token, [one, one]), here)).toBe("proof_invalid");
    const hidden = proven(token, [one, one]);
    hidden.headers["dpop"] = one;
    expect(await judged(identify, hidden, here)).toBe("proof_invalid");
  });

  test.each([
    ["no object", "x", "token_invalid"],
    ["null", null, "token_invalid"],
    ["nothing in it", {}, "token_proof_missing"],
    ["a way that is not known", { jwk: {} }, "token_proof_missing"],
    ["a known way and an unknown one", { jkt: "x".repeat(43), kid: "k" }, "token_proof_missing"],
    ["a thumbprint that is too short", { jkt: "x" }, "token_invalid"],
    ["a list of thumbprints", { jkt: ["x".repeat(43)] }, "token_invalid"],
  ])("refuses a token whose cnf is %s", async (_, cnf, code) => {
    const { clock, identify } = await world();
    const token = await mint(signer, iss, clock, { claims: { cnf } });
    expect(await judged(identify, proven(token, [await proof(key, token, clock)]), here)).toBe(code);
    expect(await judged(identify, proven(token, [], { scheme: "Bearer" }), here)).toBe(code);
  });

  test("refuses a token that is bound to a certificate as well, without the certificate", async () => {
    const { clock, identify } = await world();
    const cnf = { jkt: key.jkt, "x5t#S256": "x".repeat(43) };
    const token = await mint(signer, iss, clock, { claims: { cnf } });
    expect(await judged(identify, proven(token, [await proof(key, token, clock)]), here)).toBe("token_proof_missing");
  });

  test("checks the proof of every call, also when the token is a cached one", async () => {
    const { clock, identify, token } = await world();
    expect(await judged(identify, proven(token, [await proof(key, token, clock)]), here)).toMatchObject({
      id: "refund-bot",
    });
    expect(await judged(identify, proven(token, []), here)).toBe("token_proof_missing");
    expect(await judged(identify, proven(token, [await proof(other, token, clock)]), here)).toBe("proof_key");
    expect(await judged(identify, proven(token, ["x"]), here)).toBe("proof_invalid");
  });
});

test("refuses a token without a key on a route that requires proof", async () => {
  const { clock, identify, token } = await world();
  const strict = route([iss], { proof: { required: true, dpopNonce: null } });
  const free = await mint(signer, iss, clock);
  expect(await judged(identify, proven(free, [], { scheme: "Bearer" }), strict)).toBe("token_proof_required");
  expect(await judged(identify, proven(token, [await proof(key, token, clock)]), strict)).toMatchObject({
    proof: { method: "dpop" },
  });
});

test("tells in the challenge what was wrong with the proof, and which algorithms would do", async () => {
  const { identify, token } = await world();
  const refusal = await Promise.try(() => identify({ req: proven(token, ["x"]) }, { route: here })).catch(asRefusal);
  expect(refusal).toMatchObject({
    headers: {
      "WWW-Authenticate":
        'DPoP realm="sallyport", error="invalid_dpop_proof", error_description="proof_invalid", algs="ES256 EdDSA PS256", ' +
        'Bearer realm="sallyport"',
    },
  });
});
