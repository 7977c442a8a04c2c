import { asRefusal } from "../../../../gateway/domain/errors.ts";
import { TestClock } from "../../../support/builders.ts";
import { identifier, keyServer, mint, route, signingKey, trustedIssuer } from "../fixtures.ts";
import { judged, proof, type ProofChange, proofKey, proven } from "./fixtures.ts";

const iss = "https://idp.example";
const here = route([iss]);
const span = 1_200_000;
const year = 365 * 86_400_000;
const good = expect.objectContaining({ id: "refund-bot" }) as unknown;

let signer: Awaited<ReturnType<typeof signingKey>>;
let server: Awaited<ReturnType<typeof keyServer>>;
let key: Awaited<ReturnType<typeof proofKey>>;

beforeAll(async () => {
  [signer, key] = await Promise.all([signingKey("ES256", "k"), proofKey()]);
  server = await keyServer([signer.publicJwk]);
});
afterAll(() => server.close());

function world() {
  const clock = new TestClock();
  const identify = identifier([trustedIssuer(iss, server.url, { maxLifetimeMs: 3_600_000 })], clock);
  /** A token that is good for 25 minutes on either side of the clock, and a proof of this moment. */
  const made = async (claims: ProofChange["claims"] = {}) => {
    const now = Math.floor(clock.now() / 1000);
    const times = { iat: now - 1500, nbf: now - 1500, exp: now + 1500 };
    const token = await mint(signer, iss, clock, { claims: { cnf: { jkt: key.jkt }, ...times } });
    return [token, await proof(key, token, clock, { claims })] as const;
  };
  const send = ([token, one]: readonly [string, string]) => judged(identify, proven(token, [one]), here);
  const nonceFor = async ([token, one]: readonly [string, string]) => {
    const refused: unknown = await Promise.try(() => identify({ req: proven(token, [one]) }, { route: here })).catch(
      (thrown: unknown) => thrown,
    );
    return asRefusal(refused).headers["DPoP-Nonce"];
  };
  return { clock, made, send, nonceFor };
}

test("accepts no used proof again when the wall clock is set back to its time", async () => {
  const { clock, made, send } = world();
  const used = await made();
  expect(await send(used)).toEqual(good);
  clock.advance(span);
  clock.leap(-span);
  expect(await send(used)).toBe("proof_nonce");
});

test("accepts no used proof again when the clock reaches its time a second time", async () => {
  const { clock, made, send } = world();
  clock.leap(span);
  const used = await made();
  expect(await send(used)).toEqual(good);
  clock.leap(-span);
  clock.advance(span);
  expect(await send(used)).toBe("proof_nonce");
});

test("accepts new proofs at such a time that have the nonce it tells, each once", async () => {
  const { clock, made, send, nonceFor } = world();
  await send(await made());
  clock.advance(span);
  clock.leap(-span);
  const nonce = await nonceFor(await made());
  const fresh = await made({ nonce });
  expect([await send(fresh), await send(fresh)]).toEqual([good, "proof_replayed"]);
  clock.advance(130_000);
  clock.leap(-130_000);
  expect(await send(fresh)).toBe("proof_nonce");
});

test("asks nobody for a nonce after a clock that was a year ahead was set right", async () => {
  const { clock, made, send } = world();
  await send(await made());
  clock.leap(year);
  await send(await made());
  clock.advance(span);
  await send(await made());
  clock.leap(-year);
  for (let step = 0; step < 100; step += 1) {
    clock.advance(61_000);
    expect(await send(await made())).toEqual(good);
  }
});

test("asks nobody for a nonce while the clock goes forward, however old or far ahead proofs are", async () => {
  const { clock, made, send } = world();
  const seconds = () => Math.floor(clock.now() / 1000);
  for (let step = 0; step < 200; step += 1) {
    expect(await send(await made({ iat: seconds() + (step % 3 === 0 ? 30 : -89 + (step % 2)) }))).toEqual(good);
    clock.advance(1_000 + (step % 7) * 333);
  }
});
