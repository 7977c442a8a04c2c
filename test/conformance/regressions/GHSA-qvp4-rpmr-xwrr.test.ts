/**
 * A gateway cached what token introspection had answered, and on a hit skipped the checks of audience, issuer and scope that
 * belonged to the rule at hand: a token that was good for one rule opened every other. Here: an answer is found again only
 * for the same token on a route of the same audience and issuers, and what belongs to the call itself, time and proof of
 * possession, is checked on every one.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { handClock, identifier, outcome, route, trustedIssuer } from "../../unit/identify/fixtures.ts";

const iss = "https://idp.example";
const trust = `introspection:${iss}`;
let server: Server;
let questions = 0;
let answer: object;

beforeAll(async () => {
  server = createServer((_req, res) => {
    questions += 1;
    res.setHeader("content-type", "application/json").end(JSON.stringify(answer));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
});
afterAll(() => new Promise((done) => server.close(done)));

function world(change: object = {}) {
  const clock = handClock();
  const iat = Math.floor(clock.now() / 1000);
  answer = { active: true, iss, sub: "refund-bot", aud: "https://gw.example/payments", iat, exp: iat + 60, ...change };
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const introspection = {
    endpoint,
    clientId: "gw",
    secretReference: "env:X",
    cacheMs: 300_000,
    timeoutMs: 60_000,
    recheckMs: 0,
    unansweredMs: 0,
  };
  const issuer = trustedIssuer(iss, "", { kind: "introspection", trust, keys: { kind: "none" }, introspection });
  questions = 0;
  return { clock, identify: identifier([issuer], clock) };
}

const payments = route([trust]);
const crm = route([trust], { id: "crm", audience: "https://gw.example/crm" });
const strangers = route(["https://other.example"], { id: "strangers" });

test("refuses, on a route of another audience, a token whose answer is cached", async () => {
  const { identify } = world();
  expect(await outcome(identify, "opaque", payments)).toMatchObject({ id: "refund-bot" });
  expect(await outcome(identify, "opaque", payments)).toMatchObject({ id: "refund-bot" });
  expect(questions).toBe(1);
  expect(await outcome(identify, "opaque", crm)).toBe("token_audience");
  expect(await outcome(identify, "opaque", crm)).toBe("token_audience");
});

test("refuses it on a route that trusts other issuers", async () => {
  const { identify } = world();
  expect(await outcome(identify, "opaque", payments)).toMatchObject({ id: "refund-bot" });
  expect(await outcome(identify, "opaque", strangers)).toBe("token_invalid");
});

test("refuses it once it has expired, however long the answer may be kept", async () => {
  const { identify, clock } = world();
  expect(await outcome(identify, "opaque", payments)).toMatchObject({ id: "refund-bot" });
  clock.advance(90_000);
  expect(await outcome(identify, "opaque", payments)).toBe("token_expired");
});

test("refuses it, cached or not, where proof of possession is required", async () => {
  const { identify } = world();
  const strict = route([trust], { proof: { required: true, dpopNonce: null } });
  expect(await outcome(identify, "opaque", payments)).toMatchObject({ id: "refund-bot" });
  expect(await outcome(identify, "opaque", strict)).toBe("token_proof_required");
  expect(questions).toBe(1);
});
