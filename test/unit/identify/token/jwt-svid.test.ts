import {
  audience,
  handClock,
  identifier,
  keyServer,
  mint,
  outcome,
  route,
  signingKey,
  trustedIssuer,
} from "../fixtures.ts";
import type { Minted, SigningKey } from "../fixtures.ts";

const domain = "spiffe://example.org";
const id = `${domain}/refund-bot`;
const trust = `spiffe-jwt:${domain}`;
const clock = handClock();
const second = Math.floor(clock.now() / 1000);
let svid: SigningKey;
let unmarked: SigningKey;
let x509: SigningKey;
let foreign: SigningKey;
let bundle: Awaited<ReturnType<typeof keyServer>>;
let otherBundle: Awaited<ReturnType<typeof keyServer>>;

beforeAll(async () => {
  svid = await signingKey("ES256", "svid", { use: "jwt-svid" });
  unmarked = await signingKey("ES256", "unmarked", { use: "sig" });
  x509 = await signingKey("ES256", "x509", { use: "x509-svid" });
  foreign = await signingKey("ES256", "foreign", { use: "jwt-svid" });
  const { use: _use, ...silent } = { ...unmarked.publicJwk, kid: "silent" };
  bundle = await keyServer([svid.publicJwk, unmarked.publicJwk, x509.publicJwk, silent]);
  otherBundle = await keyServer([foreign.publicJwk]);
});
afterAll(() => Promise.all([bundle.close(), otherBundle.close()]));

function trustDomain(name: string, url: string) {
  return trustedIssuer(`spiffe://${name}`, url, {
    kind: "spiffe-jwt",
    trust: `spiffe-jwt:spiffe://${name}`,
    algorithms: ["ES256", "RS256", "PS256"],
    workloads: { [id]: ["refunds"] },
  });
}

const identify = () =>
  identifier([trustDomain("example.org", bundle.url), trustDomain("other.example", otherBundle.url)], clock);

/** A JWT-SVID has no `iss`. */
async function judged(key: SigningKey, change: Minted = {}, at = route([trust])) {
  const token = await mint(key, "", clock, {
    ...change,
    claims: { sub: id, ...change.claims },
    header: { typ: "JWT", ...change.header },
    without: ["iss", ...(change.without ?? [])],
  });
  return outcome(identify(), token, at);
}

test("identifies a workload by its SPIFFE ID, with its configured roles, as a bearer", async () => {
  expect(await judged(svid)).toMatchObject({
    id,
    issuer: domain,
    roles: ["refunds"],
    proof: { method: "none", key: null },
  });
});

test.each<[string, Minted]>([
  ["no iat, which is optional", { without: ["iat"] }],
  ["typ JOSE", { header: { typ: "JOSE" } }],
  ["no typ", { header: { typ: undefined } as never }],
  ["an audience list with this route in it", { claims: { aud: ["https://else.example", audience] } }],
])("accepts one with %s", async (_, change) => {
  expect(await judged(svid, change)).toMatchObject({ id });
});

test("means nothing by iss, which JWT-SVIDs give no meaning", async () => {
  const token = await mint(svid, "https://spire.example", clock, { claims: { sub: id }, header: { typ: "JWT" } });
  expect(await outcome(identify(), token, route([trust]))).toMatchObject({ id, issuer: domain });
});

test.each<[string, () => SigningKey, Minted, string]>([
  ["a key published for access tokens", () => unmarked, {}, "token_key_unknown"],
  ["a key published for X.509-SVIDs", () => x509, {}, "token_key_unknown"],
  ["a key published for nothing in particular", () => ({ ...unmarked, kid: "silent" }), {}, "token_key_unknown"],
  ["another trust domain's key", () => foreign, {}, "token_key_unknown"],
  ["typ at+jwt", () => svid, { header: { typ: "at+jwt" } }, "token_invalid"],
  ["a sub of an untrusted domain", () => svid, { claims: { sub: "spiffe://evil.example/x" } }, "token_issuer_unknown"],
  ["a sub that is no SPIFFE ID", () => svid, { claims: { sub: "refund-bot" } }, "token_issuer_unknown"],
  ["a sub that is the trust domain", () => svid, { claims: { sub: domain } }, "token_issuer_unknown"],
  ["a sub with dot segments", () => svid, { claims: { sub: `${domain}/../x` } }, "token_issuer_unknown"],
  ["another audience", () => svid, { claims: { aud: "https://gw.example/crm" } }, "token_audience"],
  ["no audience", () => svid, { without: ["aud"] }, "token_audience"],
  ["no exp", () => svid, { without: ["exp"] }, "token_invalid"],
  ["an exp that has passed", () => svid, { claims: { iat: second - 600, exp: second - 31 } }, "token_expired"],
  ["no iat and a far exp", () => svid, { without: ["iat"], claims: { exp: second + 4000 } }, "token_lifetime"],
])("refuses one with %s", async (_, key, change, code) => {
  expect(await judged(key(), change)).toBe(code);
});

test("lets no domain name another's workloads although the route trusts both", async () => {
  const both = route([trust, "spiffe-jwt:spiffe://other.example"]);
  expect(await judged(foreign, {}, both)).toBe("token_key_unknown");
  // Signed by the domain that it names as its issuer, about a workload of another.
  const token = await mint(foreign, "spiffe-jwt:spiffe://other.example", clock, {
    claims: { sub: id },
    header: { typ: "JWT" },
  });
  expect(await outcome(identify(), token, both)).toBe("token_invalid");
});

test("is refused where the route trusts the domain's certificates only", async () => {
  expect(await judged(svid, {}, route([`spiffe-x509:${domain}`]))).toBe("token_issuer_unknown");
});
