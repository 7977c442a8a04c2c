import { ServerResponse } from "node:http";
import { asRefusal } from "../../../../gateway/domain/errors.ts";
import { handClock, identifier, keyServer, mint, route, signingKey, trustedIssuer } from "../fixtures.ts";
import type { SigningKey } from "../fixtures.ts";
import { judged, proof, type ProofKey, proofKey, proven } from "./fixtures.ts";

const iss = "https://idp.example";
let signer: SigningKey;
let server: Awaited<ReturnType<typeof keyServer>>;
let key: ProofKey;

beforeAll(async () => {
  [signer, key] = await Promise.all([signingKey("ES256", "k"), proofKey()]);
  server = await keyServer([signer.publicJwk]);
});
afterAll(() => server.close());

async function world(nonce: boolean, onRoute: boolean | null = null) {
  const clock = handClock();
  const issuer = trustedIssuer(iss, server.url, { dpop: { algorithms: ["ES256"], maxAgeMs: 60_000, nonce } });
  const identify = identifier([issuer], clock);
  const here = route([iss], { proof: { required: false, dpopNonce: onRoute } });
  const fresh = () => mint(signer, iss, clock, { claims: { cnf: { jkt: key.jkt } } });
  let token = await fresh();
  const call = async (claims: object = {}) =>
    proven(token, [await proof(key, token, clock, { claims: { ...claims } })]);
  const told = async (claims: object = {}) => {
    const req = await call(claims);
    const refusal = asRefusal(
      await Promise.try(() => identify({ req }, { route: here })).catch((thrown: unknown) => thrown),
    );
    return {
      code: refusal.code,
      nonce: refusal.headers["DPoP-Nonce"] ?? "",
      challenge: refusal.headers["WWW-Authenticate"],
    };
  };
  const later = async (ms: number) => {
    clock.advance(ms);
    token = await fresh();
  };
  return {
    clock,
    identify,
    here,
    call,
    told,
    later,
    answer: async (claims = {}) => judged(identify, await call(claims), here),
  };
}

const good = expect.objectContaining({ id: "refund-bot" }) as unknown;

test("asks for its nonce, tells it, and accepts a proof that has it", async () => {
  const { told, answer } = await world(true);
  const first = await told();
  expect(first).toMatchObject({
    code: "proof_nonce",
    challenge: expect.stringMatching(/^DPoP .*error="use_dpop_nonce"/),
  });
  expect(first.nonce).not.toBe("");
  expect(await answer({ nonce: first.nonce })).toEqual(good);
  expect(await answer({ nonce: first.nonce })).toEqual(good);
});

test.each([["made up"], [""], [7], [null], [["n_1"]]])("refuses the nonce %j", async (nonce) => {
  const { answer } = await world(true);
  expect(await answer({ nonce })).toBe("proof_nonce");
});

test("takes another nonce every five minutes, and accepts the one before it as long again", async () => {
  const { told, answer, later } = await world(true);
  const { nonce } = await told();
  await later(299_000);
  expect(await answer({ nonce })).toEqual(good);
  await later(300_000);
  const next = await told();
  expect(next.nonce).not.toBe(nonce);
  expect(await answer({ nonce })).toEqual(good);
  expect(await answer({ nonce: next.nonce })).toEqual(good);
  await later(301_000);
  expect(await answer({ nonce })).toBe("proof_nonce");
});

test("refuses both nonces of a gateway that nobody asked for a long time", async () => {
  const { told, answer, later } = await world(true);
  const { nonce } = await told();
  await later(600_000);
  expect(await answer({ nonce })).toBe("proof_nonce");
});

test("tells the newer nonce with the answer to a call that used the older one", async () => {
  const { told, identify, here, call, later } = await world(true);
  const { nonce } = await told();
  await later(300_000);
  const req = await call({ nonce });
  const res = new ServerResponse(req);
  expect(await identify({ req, res }, { route: here })).toEqual(good);
  const newer = res.getHeader("dpop-nonce");
  expect(newer).toMatch(/^n_/);
  expect(newer).not.toBe(nonce);
});

test.each([
  ["issuer wants it, route does not", true, false, good],
  ["issuer does not, route wants it", false, true, "proof_nonce"],
  ["neither wants it", false, null, good],
])("lets the route overrule the issuer: %s", async (_, issuer, onRoute, expected) => {
  const { answer } = await world(issuer, onRoute);
  expect(await answer()).toEqual(expected);
});
