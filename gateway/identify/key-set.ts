import { KeyObject } from "node:crypto";
import { calculateJwkThumbprint, errors } from "jose";
import { Refusal } from "../domain/errors.ts";
import { weakness } from "../lib/weak-key.ts";
import type { CheckedHeader } from "./header-rules.ts";
import type { LoadKeys } from "./load-keys.ts";
import type { KeysInUse, KeySurroundings, KeyTiming } from "./loaded-keys.ts";
import { LoadedKeys } from "./loaded-keys.ts";

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

/** Part of its time after which a set in use is loaded again. */
const aheadAt = 0.8;

export function createKeySet(load: LoadKeys, timing: KeyTiming, around: KeySurroundings): KeySet {
  const loaded = new LoadedKeys(load, timing, around);
  return {
    async find(header) {
      const found = await pick(await current(loaded, around.issuer), header);
      if (found !== null) return found;
      // A key published a moment ago; but made-up key ids must not make us hammer the issuer.
      if (!loaded.coolingDown || loaded.loading) await loaded.reload();
      const again = await pick(await current(loaded, around.issuer), header);
      if (again !== null) return again;
      throw new Refusal("token_key_unknown", {
        detail: `${around.issuer} publishes no key for ${JSON.stringify(header)}`,
      });
    },
    stillHolds(thumbprint) {
      if (loaded.keys?.thumbprints.has(thumbprint) !== true) return false;
      const { ageMs } = loaded;
      if (ageMs < timing.refreshMs) {
        refreshAhead(loaded, ageMs);
        return true;
      }
      return isWaiting(loaded) && ageMs < timing.refreshMs + timing.staleMs;
    },
  };
}

/**
 * The keys that may be used now: fresh ones, or, while the issuer does not answer, old ones within their limit. One age decides:
 * between two readings of the clock a set could be too young to be loaded again, and then too old to be used.
 */
async function current(loaded: LoadedKeys, issuer: string): Promise<KeysInUse> {
  const { refreshMs, staleMs } = loaded.timing;
  const { keys, ageMs } = loaded;
  if (keys !== null && ageMs < refreshMs) {
    refreshAhead(loaded, ageMs);
    return keys;
  }
  if (!isWaiting(loaded)) await loaded.reload();
  // What was loaded for this call is fresh, however long the call then waited for its turn.
  if (loaded.keys !== null && (!loaded.failed || loaded.ageMs < refreshMs + staleMs)) return loaded.keys;
  throw new Refusal("keys_unavailable", { detail: `no usable keys of ${issuer}` });
}

/** The issuer did not answer, and it is too early to ask again. */
function isWaiting(loaded: LoadedKeys): boolean {
  return loaded.failed && loaded.coolingDown;
}

/** A busy gateway refreshes in the background before the set is too old, so that no call waits for it. */
function refreshAhead(loaded: LoadedKeys, ageMs: number): void {
  if (ageMs > loaded.timing.refreshMs * aheadAt && !isWaiting(loaded)) void loaded.reload();
}

/** jose matches kid, alg, use, key_ops and curve; none, or more than one, is no key. */
async function pick(keys: KeysInUse, { alg, kid }: CheckedHeader): Promise<FoundKey | null> {
  try {
    const key = KeyObject.from(await keys.resolve(kid === null ? { alg } : { alg, kid }));
    refuseWeak(key);
    return { key, thumbprint: await calculateJwkThumbprint(key.export({ format: "jwk" })) };
  } catch (failure) {
    if (failure instanceof errors.JWKSNoMatchingKey || failure instanceof errors.JWKSMultipleMatchingKeys) return null;
    if (failure instanceof Refusal) throw failure;
    throw new Refusal("token_key_unknown", { detail: "the issuer's key cannot be used", cause: failure });
  }
}

function refuseWeak(key: KeyObject): void {
  const why = weakness(key);
  if (why !== null) throw new Refusal("token_key_unknown", { detail: `the issuer's key is too weak: ${why}` });
}
