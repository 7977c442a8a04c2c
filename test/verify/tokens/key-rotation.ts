import { type Check, type CheckContext, Failures, type Tried } from "../check.ts";
import type { Identify } from "../../../gateway/identify/create-identify.ts";
import { eventually, pause } from "../../support/eventually.ts";
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
/** A guard against what hangs: no load fails, however busy the machine is. */
const LOAD_LIMIT_MS = 60_000;
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
        staleMs: LOAD_LIMIT_MS,
        timeoutMs: LOAD_LIMIT_MS,
      } as const;
      const identify = identifier([trustedIssuer(issuer, server.url, { keys })], clock);
      return await rotate(identify, first, server.state, context);
    } finally {
      await server.close();
    }
  },
};

interface Load {
  key: SigningKey;
  on: boolean;
  calls: number;
  /** The key of each caller's token that is being judged. */
  readonly used: SigningKey[];
}

interface Rotation {
  readonly identify: Identify;
  readonly published: { keys: unknown; readonly asked: number };
  readonly unpublished: SigningKey;
  readonly load: Load;
  readonly failures: Failures;
}

async function rotate(
  identify: Identify,
  first: SigningKey,
  published: Rotation["published"],
  { count, progress }: CheckContext,
): Promise<Tried> {
  const failures = new Failures();
  const unpublished = await signingKey("ES256", "unpublished");
  const load: Load = { key: first, on: true, calls: 0, used: Array.from({ length: CALLERS }, () => first) };
  const callers = load.used.map((_, caller) => calling(identify, load, caller, failures));
  try {
    for (let turn = 1; turn <= count; turn++) {
      const next = await signingKey("ES256", `k${turn}`);
      await replaceKey({ identify, published, unpublished, load, failures }, next);
      progress(turn);
    }
  } finally {
    load.on = false;
    await Promise.all(callers);
  }
  return { count, failures: failures.list(), figures: { calls: load.calls } };
}

async function replaceKey(
  { identify, published, unpublished, load, failures }: Rotation,
  next: SigningKey,
): Promise<void> {
  const before = load.key;
  const kept = await fresh(before);
  // An unknown key waits for a load that is under way, so none that began before the publication ends after it.
  await outcome(identify, await fresh(unpublished), here);
  published.keys = [before.publicJwk, next.publicJwk];
  await pause(REFRESH_MS / 2);
  load.key = next;
  await eventually("no token of the old key is judged", () => (load.used.every((key) => key === next) ? true : null));
  await outcome(identify, kept, here);
  published.keys = [next.publicJwk];
  await untilOldKeysAreGone(published);
  // Both a new token, and one that was verified while the key was there and may lie in a cache.
  for (const token of [await fresh(before), kept]) {
    if (typeof (await outcome(identify, token, here)) !== "string")
      failures.add(`the removed key ${before.kid} was accepted ${REFRESH_MS} ms after the next load had begun`);
  }
}

async function calling(identify: Identify, load: Load, caller: number, failures: Failures): Promise<void> {
  while (load.on) {
    const { key } = load;
    load.used[caller] = key;
    const got = await outcome(identify, await fresh(key), here);
    load.calls++;
    if (typeof got === "string") failures.add(`a valid token of ${key.kid} was refused: ${got}`);
    await pause(1);
  }
}

/** Keys are loaded one load after another: when one begins, what the one before brought may be used for REFRESH_MS at most. */
async function untilOldKeysAreGone(published: { readonly asked: number }): Promise<void> {
  const before = published.asked;
  await eventually("the keys are loaded again", () => (published.asked > before ? true : null));
  await pause(REFRESH_MS);
}

let serial = 0;

function fresh({ privateKey, alg, kid }: SigningKey): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: issuer, sub: "refund-bot", aud: audience, iat: now, exp: now + 300, jti: String(serial++) };
  return new SignJWT(claims).setProtectedHeader({ alg, kid, typ: "at+jwt" }).sign(privateKey);
}
