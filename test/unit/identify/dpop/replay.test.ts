import type { IncomingMessage } from "node:http";
import { createReplayCache } from "../../../../gateway/identify/dpop/replay.ts";
import { audience, handClock, identifier, keyServer, mint, route, signingKey, trustedIssuer } from "../fixtures.ts";
import type { SigningKey } from "../fixtures.ts";
import { TestClock } from "../../../support/builders.ts";
import { judged, proof, type ProofKey, proofKey, proven } from "./fixtures.ts";

const iss = "https://idp.example";
const here = route([iss]);
let signer: SigningKey;
let server: Awaited<ReturnType<typeof keyServer>>;
let key: ProofKey;

beforeAll(async () => {
  [signer, key] = await Promise.all([signingKey("ES256", "k"), proofKey()]);
  server = await keyServer([signer.publicJwk]);
});
afterAll(() => server.close());

async function world(maxProofs = 1000) {
  const clock = handClock();
  const identify = identifier([trustedIssuer(iss, server.url)], clock, { maxProofs });
  const claims = (jti: string) => ({ claims: { jti, cnf: { jkt: key.jkt } } });
  const token = await mint(signer, iss, clock, claims("a"));
  return { clock, identify, token, another: () => mint(signer, iss, clock, claims("b")) };
}

const good = expect.objectContaining({ id: "refund-bot" }) as unknown;

test("accepts a proof once, and refuses it until its age alone refuses it", async () => {
  const { clock, identify, token } = await world();
  const one = await proof(key, token, clock);
  expect(await judged(identify, proven(token, [one]), here)).toEqual(good);
  for (const ms of [0, 1, 30_000, 59_000]) {
    clock.advance(ms);
    expect(await judged(identify, proven(token, [one]), here)).toBe("proof_replayed");
  }
  clock.advance(1000);
  expect(await judged(identify, proven(token, [one]), here)).toBe("proof_invalid");
});

test("refuses at every moment of its life a proof that was made ahead of this clock", async () => {
  const { clock, identify, token } = await world();
  const ahead = await proof(key, token, clock, { claims: { iat: Math.floor(clock.now() / 1000) + 30 } });
  expect(await judged(identify, proven(token, [ahead]), here)).toEqual(good);
  for (let step = 0; step < 13; step += 1) {
    expect(await judged(identify, proven(token, [ahead]), here)).toBe("proof_replayed");
    clock.advance(10_000);
  }
  expect(await judged(identify, proven(token, [ahead]), here)).toBe("proof_invalid");
});

test("accepts one of fifty calls at once with the same proof", async () => {
  const { clock, identify, token } = await world();
  const one = await proof(key, token, clock);
  const all = await Promise.all(Array.from({ length: 50 }, () => judged(identify, proven(token, [one]), here)));
  expect(all.filter((each) => typeof each === "object")).toHaveLength(1);
  expect(new Set(all.filter((each) => typeof each === "string"))).toEqual(new Set(["proof_replayed"]));
});

describe("a captured proof", () => {
  const elsewhere = route([iss], { id: "crm", prefix: "/crm", audience });

  async function captured() {
    const made = await world();
    const one = await proof(key, made.token, made.clock);
    return { ...made, one };
  }

  test.each<[string, (token: string, one: string) => IncomingMessage, string]>([
    ["on another path", (token, one) => proven(token, [one], { url: "/payments/v1/refunds" }), "proof_invalid"],
    ["with another method", (token, one) => proven(token, [one], { method: "POST" }), "proof_invalid"],
    ["with HEAD for GET", (token, one) => proven(token, [one], { method: "HEAD" }), "proof_invalid"],
    [
      "with an encoded letter in the path",
      (token, one) => proven(token, [one], { url: "/payments/v1/%6frders/881" }),
      "proof_invalid",
    ],
    ["as Bearer", (token, one) => proven(token, [one], { scheme: "Bearer" }), "credential_malformed"],
    [
      "with another query, as it is not bound",
      (token, one) => proven(token, [one], { url: "/payments/v1/orders/881?x=2" }),
      "accepted",
    ],
  ])("that was not used yet, sent %s", async (_, change, code) => {
    const { identify, token, one } = await captured();
    const result = await judged(identify, change(token, one), here);
    expect(typeof result === "string" ? result : "accepted").toBe(code);
  });

  test("is refused with another token of the same key", async () => {
    const { identify, another, one } = await captured();
    expect(await judged(identify, proven(await another(), [one]), here)).toBe("proof_invalid");
  });

  test("is refused on another route after it was used on the first", async () => {
    const { identify, token, one } = await captured();
    expect(await judged(identify, proven(token, [one]), here)).toEqual(good);
    expect(await judged(identify, proven(token, [one]), elsewhere)).toBe("proof_replayed");
  });

  test("keeps its jti used up for its own key alone", async () => {
    const { clock, identify, token } = await captured();
    const thief = await proofKey();
    const theirs = await mint(signer, iss, clock, { claims: { cnf: { jkt: thief.jkt } } });
    const claims = { jti: "same" };
    expect(await judged(identify, proven(theirs, [await proof(thief, theirs, clock, { claims })]), here)).toEqual(good);
    expect(await judged(identify, proven(token, [await proof(key, token, clock, { claims })]), here)).toEqual(good);
  });
});

test("does not use a proof up that was refused for something else", async () => {
  const { clock, identify, token } = await world();
  const one = await proof(key, token, clock);
  expect(await judged(identify, proven(token, [one], { method: "POST" }), here)).toBe("proof_invalid");
  expect(await judged(identify, proven(token, [one]), here)).toEqual(good);
});

test("lets a held request through again with the proof it came with, however old that is by now", async () => {
  const { clock, identify, token } = await world();
  const req = proven(token, [await proof(key, token, clock)]);
  expect(await judged(identify, req, here)).toEqual(good);
  clock.advance(200_000);
  expect(await judged(identify, req, here)).toEqual(good);
  clock.advance(200_000);
  expect(await judged(identify, req, here)).toBe("token_expired");
});

function memory(max = 100) {
  const clock = new TestClock();
  const replay = createReplayCache({ max, clock });
  const use =
    (subject: string, jti: string | number, lifetimeMs = 1000, key = subject) =>
    () =>
      replay.use({ subject, key, jti: String(jti), lifetimeMs });
  return { clock, use };
}

const exhausted = expect.objectContaining({ code: "proofs_exhausted" }) as Error;

test("takes a newcomer's proof when its memory is full, accepts no proof twice, and recovers by itself", () => {
  const { clock, use } = memory();
  for (let index = 0; index < 100; index += 1) use(`caller-${index % 20}`, index)();
  expect(use("newcomer", 0)).not.toThrow();
  for (let index = 0; index < 100; index += 1)
    expect(use(`caller-${index % 20}`, index)).toThrow(/used before|being remembered/);
  expect(use("newcomer", 0)).toThrow(expect.objectContaining({ code: "proof_replayed" }));
  clock.advance(1250);
  expect(use("caller-0", 0)).not.toThrow();
});

test("does not let one caller fill the memory of all, however many keys it has", () => {
  const { use } = memory();
  for (let index = 0; index < 10; index += 1) use("greedy", index, 1000, `key-${index}`)();
  expect(use("greedy", 10, 1000, "another-key")).toThrow(exhausted);
  expect(use("modest", 0)).not.toThrow();
});

test("lets a caller prove again when its proofs are too old, although one of them lives longer", () => {
  const { clock, use } = memory();
  use("bot", "long", 3_600_000)();
  for (let index = 0; index < 9; index += 1) use("bot", index)();
  expect(use("bot", 9)).toThrow(exhausted);
  clock.advance(1250);
  for (let index = 10; index < 19; index += 1) expect(use("bot", index)).not.toThrow();
});

test("lets a caller prove again although the wall clock leaped a year forward and back", () => {
  const { clock, use } = memory();
  clock.leap(365 * 86_400_000);
  for (let index = 0; index < 10; index += 1) use("bot", index)();
  clock.leap(-365 * 86_400_000);
  clock.advance(1250);
  expect(use("bot", 10)).not.toThrow();
});
