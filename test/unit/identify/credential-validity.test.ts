import { credentialValidity, rememberTokenValidity } from "../../../gateway/identify/credential-validity.ts";
import type { Subject } from "../../../gateway/domain/subject.ts";
import { subject } from "../../support/builders.ts";
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
} from "./fixtures.ts";

const iss = "https://idp.example";
const servers: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function identified() {
  const [key, next] = await Promise.all([signingKey("ES256", "k1"), signingKey("ES256", "k2")]);
  const clock = handClock();
  const server = await keyServer([key.publicJwk, next.publicJwk]);
  servers.push(server);
  const identify = identifier([trustedIssuer(iss, server.url)], clock);
  const token = await mint(key, iss, clock, { claims: { aud: audience } });
  const who = (await outcome(identify, token, route([iss]))) as Subject;
  return { who, clock, server, next };
}

test("a token counts until its end and the skew that its issuer is allowed, and not a moment longer", async () => {
  const { who, clock } = await identified();
  const skewMs = trustedIssuer(iss, "").clockSkewMs;
  const end = who.expiresAt * 1_000 + skewMs;
  expect(credentialValidity.endedBy(who, clock.now())).toBeNull();
  expect(credentialValidity.endedBy(who, end - 1)).toBeNull();
  expect(credentialValidity.endedBy(who, end)).toMatchObject({
    kind: "token",
    reason: expect.stringContaining("expired"),
  });
});

test("a token counts no longer once its issuer has withdrawn the key, though nobody calls meanwhile", async () => {
  const { who, clock, server, next } = await identified();
  server.state.keys = [next.publicJwk];
  const { refreshMs } = trustedIssuer(iss, server.url).keys as { refreshMs: number };
  clock.advance(refreshMs * 0.9);
  // The look itself has the set loaded anew.
  expect(credentialValidity.endedBy(who, clock.now())).toBeNull();
  while (server.state.asked < 2) await new Promise(setImmediate);
  let lost = null;
  while (lost === null) {
    await new Promise(setImmediate);
    lost = credentialValidity.endedBy(who, clock.now());
  }
  expect(lost).toMatchObject({ kind: "token", reason: expect.stringContaining("key") });
});

test("a token of which its issuer does not say when it ends is not cut by the clock", () => {
  const who = subject({ expiresAt: 1 });
  rememberTokenValidity(who, { until: Infinity, isKeyWithdrawn: () => false });
  expect(credentialValidity.endedBy(who, Date.now())).toBeNull();
});

test("a certificate counts until its end", () => {
  const who = subject({ expiresAt: 100 });
  expect(credentialValidity.endedBy(who, 99_999)).toBeNull();
  expect(credentialValidity.endedBy(who, 100_000)).toMatchObject({ kind: "token" });
});
