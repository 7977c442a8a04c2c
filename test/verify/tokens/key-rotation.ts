import { type Check, type CheckContext, Failures, type Tried } from "../check.ts";
import type { Identify } from "../../../gateway/identify/create-identify.ts";
import {
  audience,
  identifier,
  keyServer,
  outcome,
  route,
  type SigningKey,
  signingKey,
  trustedIssuer,
} from "../../unit/identify/fixtures.ts";
import { SignJWT } from "jose";

const issuer = "https://idp.example";
const here = route([issuer]);
const REFRESH_MS = 400;
/** A removed key may still be used until the next load, and the load takes its time. */
const LIMIT_MS = REFRESH_MS + 400;
const CALLERS = 8;
const clock = { now: () => Date.now(), monotonic: () => performance.now(), advance: () => undefined };

/** While keys come and go under load, no valid token is refused and no removed key lives on. */
export const keyRotation: Check = {
  name: "key-rotation",
  full: 20,
  quick: 3,
  async run(context) {
    const first = await signingKey("ES256", "k0");
    const server = await keyServer([first.publicJwk]);
    try {
      const keys = {
        kind: "url",
        url: server.url,
        refreshMs: REFRESH_MS,
        cooldownMs: 50,
        staleMs: 5_000,
        timeoutMs: 2_000,
      } as const;
      const identify = identifier([trustedIssuer(issuer, server.url, { keys })], clock);
      return await rotate(identify, first, server.state, context);
    } finally {
      await server.close();
    }
  },
};

async function rotate(
  identify: Identify,
  first: SigningKey,
  published: { keys: unknown },
  { count, progress }: CheckContext,
): Promise<Tried> {
  const failures = new Failures();
  const load = { key: first, on: true, calls: 0 };
  const callers = Array.from({ length: CALLERS }, async () => {
    while (load.on) {
      const { key } = load;
      const got = await outcome(identify, await fresh(key), here);
      load.calls++;
      if (typeof got === "string") failures.add(`a valid token of ${key.kid} was refused: ${got}`);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  });
  for (let turn = 1; turn <= count; turn++) {
    const before = load.key;
    const next = await signingKey("ES256", `k${turn}`);
    const kept = await fresh(before);
    published.keys = [before.publicJwk, next.publicJwk];
    await pause(REFRESH_MS / 2);
    load.key = next;
    await pause(100);
    await outcome(identify, kept, here);
    published.keys = [next.publicJwk];
    await pause(LIMIT_MS);
    // Both a new token, and one that was verified while the key was there and may lie in a cache.
    for (const token of [await fresh(before), kept]) {
      if (typeof (await outcome(identify, token, here)) !== "string")
        failures.add(`the removed key ${before.kid} was accepted ${LIMIT_MS} ms later`);
    }
    progress(turn);
  }
  load.on = false;
  await Promise.all(callers);
  return { count, failures: failures.list(), figures: { calls: load.calls } };
}

let serial = 0;

function fresh({ privateKey, alg, kid }: SigningKey): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: issuer, sub: "refund-bot", aud: audience, iat: now, exp: now + 300, jti: String(serial++) };
  return new SignJWT(claims).setProtectedHeader({ alg, kid, typ: "at+jwt" }).sign(privateKey);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
