/**
 * Two holes of key sets. A client of key sets looked keys up under the issuer that an unverified token named, so that one
 * issuer's keys came to stand in the cache for another's (get-jwks before 11.0.2). And one never dropped a key that its
 * issuer had taken out of the set, so that a stolen and withdrawn key went on signing (GHSA-675f-rq2r-jw82). Here: the route
 * pins the issuer before any key is looked at, each issuer has its own set, and a set is replaced as a whole within its time.
 */
import {
  handClock,
  identifier,
  keyServer,
  mint,
  outcome,
  route,
  signingKey,
  type SigningKey,
  trustedIssuer,
} from "../../unit/identify/fixtures.ts";

const iss = "https://idp.example";
const evil = "https://evil.example";
let honest: SigningKey;
let next: SigningKey;
let attacker: SigningKey;
const open: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  [honest, next] = await Promise.all([signingKey("ES256", "k1"), signingKey("ES256", "k2")]);
  attacker = await signingKey("ES256", "k1");
});
afterEach(() => Promise.all(open.splice(0).map((one) => one.close())));

async function world() {
  const clock = handClock();
  const [server, theirs] = await Promise.all([keyServer([honest.publicJwk]), keyServer([attacker.publicJwk])]);
  open.push(server, theirs);
  const identify = identifier([trustedIssuer(iss, server.url), trustedIssuer(evil, theirs.url)], clock);
  return { clock, server, theirs, identify };
}

test("asks nobody for keys because of what an unverified token names", async () => {
  const { clock, server, theirs, identify } = await world();
  for (const name of [evil, "https://unknown.example", `${iss}/`, `${iss}#${evil}`, "__proto__"]) {
    const token = await mint(attacker, name, clock);
    expect(await outcome(identify, token, route([iss]))).toBe("token_issuer_unknown");
  }
  expect([server.state.asked, theirs.state.asked]).toEqual([0, 0]);
});

test("keeps one issuer's key apart from another's of the same id, whichever came first", async () => {
  for (const first of [iss, evil]) {
    const { clock, identify } = await world();
    const both = route([iss, evil]);
    const warm = await mint(first === iss ? honest : attacker, first, clock);
    expect(await outcome(identify, warm, both)).toMatchObject({ issuer: first });
    expect(await outcome(identify, await mint(attacker, iss, clock), both)).toBe("token_invalid");
    expect(await outcome(identify, await mint(honest, evil, clock), both)).toBe("token_invalid");
  }
});

test("refuses a key that was withdrawn, within the time a set is used, for old tokens and new ones", async () => {
  const { clock, server, identify } = await world();
  const old = await mint(honest, iss, clock);
  expect(await outcome(identify, old, route([iss]))).toMatchObject({ issuer: iss });
  server.state.keys = [next.publicJwk];
  clock.advance(300_000);
  expect(await outcome(identify, old, route([iss]))).toBe("token_key_unknown");
  expect(await outcome(identify, await mint(honest, iss, clock), route([iss]))).toBe("token_key_unknown");
  expect(await outcome(identify, await mint(next, iss, clock), route([iss]))).toMatchObject({ issuer: iss });
});

test("refuses every key when the issuer has withdrawn them all", async () => {
  const { clock, server, identify } = await world();
  expect(await outcome(identify, await mint(honest, iss, clock), route([iss]))).toMatchObject({ issuer: iss });
  server.state.keys = [];
  clock.advance(300_000);
  expect(await outcome(identify, await mint(honest, iss, clock), route([iss]))).toBe("token_key_unknown");
});
