import { KeyObject } from "node:crypto";
import { calculateJwkThumbprint, errors } from "jose";
import { Refusal } from "../domain/errors.ts";
import type { CheckedHeader } from "./header-rules.ts";
import type { LoadKeys } from "./load-keys.ts";
import type { KeysInUse, KeySurroundings, KeyTiming } from "./loaded-keys.ts";
import { LoadedKeys } from "./loaded-keys.ts";
import { isWeak } from "./weak-key.ts";

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

/** A busy gateway refreshes in the background before the set is too old, so that no call waits for it. */
const refreshAhead = 0.8;

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
      const waiting = loaded.failed && loaded.coolingDown;
      if (loaded.ageMs < timing.refreshMs) {
        if (loaded.ageMs > timing.refreshMs * refreshAhead && !waiting) void loaded.reload();
        return true;
      }
      return waiting && loaded.ageMs < timing.refreshMs + timing.staleMs;
    },
  };
}

/** The keys that may be used now: fresh ones, or, while the issuer does not answer, old ones within their limit. */
async function current(loaded: LoadedKeys, issuer: string): Promise<KeysInUse> {
  const { refreshMs, staleMs } = loaded.timing;
  if (loaded.ageMs >= refreshMs && !(loaded.failed && loaded.coolingDown)) await loaded.reload();
  if (loaded.keys !== null && loaded.ageMs < refreshMs + (loaded.failed ? staleMs : 0)) return loaded.keys;
  throw new Refusal("keys_unavailable", { detail: `no usable keys of ${issuer}` });
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
  if (!isWeak(key)) return;
  throw new Refusal("token_key_unknown", {
    detail: `the issuer's RSA key is too weak: ${key.asymmetricKeyDetails?.modulusLength} bits, exponent ${key.asymmetricKeyDetails?.publicExponent}`,
  });
}
