import { KeyObject } from "node:crypto";
import { calculateJwkThumbprint, createLocalJWKSet, errors } from "jose";
import type { JWK } from "jose";
import { Refusal } from "../domain/errors.ts";
import type { Clock, Logger } from "../domain/ports.ts";
import type { CheckedHeader } from "./header-rules.ts";
import type { LoadKeys } from "./load-keys.ts";
import { usableKeys } from "./usable-keys.ts";

export interface KeyTiming {
  /** Longest use of a loaded set before it is loaded again: the time within which a removed key is refused. */
  readonly refreshMs: number;
  /** Shortest time between loads that failed, or that an unknown key id caused. */
  readonly cooldownMs: number;
  /** Beyond `refreshMs`, while loading fails; then nothing is accepted. */
  readonly staleMs: number;
}

export interface FoundKey {
  readonly key: KeyObject;
  /** RFC 7638. */
  readonly thumbprint: string;
}

export interface KeySet {
  /** @throws Refusal token_key_unknown, keys_unavailable */
  find(header: CheckedHeader): Promise<FoundKey>;
  /** Whether a key found earlier still counts, without waiting; false means: ask `find` again. */
  stillHolds(thumbprint: string): boolean;
}

interface Loaded {
  readonly resolve: ReturnType<typeof createLocalJWKSet>;
  readonly thumbprints: ReadonlySet<string>;
  readonly at: number;
}

/** A busy gateway refreshes in the background before the set is too old, so that no call waits for it. */
const refreshAhead = 0.8;

export function createKeySet(load: LoadKeys, timing: KeyTiming, surroundings: { clock: Clock; logger: Logger; issuer: string }): KeySet {
  const { clock, logger, issuer } = surroundings;
  let loaded: Loaded | null = null;
  let attemptedAt = Number.NEGATIVE_INFINITY;
  let failed = false;
  let pending: Promise<void> | null = null;

  /** Single flight, and full replacement: a key that is no longer published is gone. */
  function reload(): Promise<void> {
    pending ??= attempt().finally(() => {
      pending = null;
    });
    return pending;
  }

  async function attempt(): Promise<void> {
    attemptedAt = clock.monotonic();
    try {
      const keys = usableKeys(await load());
      loaded = { resolve: createLocalJWKSet({ keys }), thumbprints: new Set(await Promise.all(keys.map(thumbprintOf))), at: clock.monotonic() };
      failed = false;
    } catch (failure) {
      failed = true;
      logger.warn("the issuer's keys could not be loaded", { issuer, error: failure });
    }
  }

  const age = () => (loaded === null ? Number.POSITIVE_INFINITY : clock.monotonic() - loaded.at);
  const coolingDown = () => clock.monotonic() - attemptedAt < timing.cooldownMs;
  const inOutage = () => failed && coolingDown() && age() < timing.refreshMs + timing.staleMs;

  async function current(): Promise<Loaded> {
    if (age() >= timing.refreshMs && !(failed && coolingDown())) await reload();
    if (loaded !== null && age() < timing.refreshMs + (failed ? timing.staleMs : 0)) return loaded;
    throw new Refusal("keys_unavailable", { detail: `no usable keys of ${issuer}` });
  }

  return {
    async find(header) {
      const set = await current();
      const found = await pick(set, header);
      if (found !== null) return found;
      // A key published a moment ago; but made-up key ids must not make us hammer the issuer.
      if (!coolingDown()) await reload();
      const again = await pick(await current(), header);
      if (again === null) throw new Refusal("token_key_unknown", { detail: `${issuer} publishes no key for ${JSON.stringify(header)}` });
      return again;
    },
    stillHolds(thumbprint) {
      if (loaded === null || !loaded.thumbprints.has(thumbprint)) return false;
      if (age() < timing.refreshMs) {
        if (age() > timing.refreshMs * refreshAhead && !(failed && coolingDown())) void reload();
        return true;
      }
      return inOutage();
    },
  };
}

async function thumbprintOf(key: JWK): Promise<string> {
  return calculateJwkThumbprint(key);
}

/** jose matches kid, alg, use, key_ops and curve; none, or more than one, is no key. */
async function pick(set: Loaded, header: CheckedHeader): Promise<FoundKey | null> {
  try {
    const key = KeyObject.from(await set.resolve(header.kid === null ? { alg: header.alg } : { alg: header.alg, kid: header.kid }));
    refuseWeak(key);
    return { key, thumbprint: await calculateJwkThumbprint(key.export({ format: "jwk" }) as JWK) };
  } catch (failure) {
    if (failure instanceof errors.JWKSNoMatchingKey || failure instanceof errors.JWKSMultipleMatchingKeys) return null;
    if (failure instanceof Refusal) throw failure;
    throw new Refusal("token_key_unknown", { detail: "the issuer's key cannot be used", cause: failure });
  }
}

/** RFC 7518 §3.3; an exponent below 65537 is outside FIPS 186-5. */
function refuseWeak(key: KeyObject): void {
  if (key.asymmetricKeyType !== "rsa") return;
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (modulusLength >= 2048 && publicExponent >= 65_537n) return;
  throw new Refusal("token_key_unknown", { detail: `the issuer's RSA key is too weak: ${modulusLength} bits, exponent ${publicExponent}` });
}
