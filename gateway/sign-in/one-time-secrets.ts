import { hash } from "node:crypto";
import { FairShare } from "../domain/fair-share.ts";
import type { Clock, OneTimeBounds, OneTimeStore } from "../domain/ports.ts";
import { parseJson } from "../lib/parse-json.ts";

/**
 * Secrets that were given out and may come back once, from the same asker. Keyed by a digest of both, as sessions are: a
 * secret that somebody else brings back is unknown, and is not used up by it.
 */
export interface OneTime<T> {
  /** `share`: on whose account it is kept, where that is somebody else than who may bring it back. @throws Refusal store_unavailable */
  keep(asker: string, secret: string, value: T, share?: string): Promise<void>;
  /** Null when this asker was never given it, has used it, or is too late. Whatever comes of it, it is used now. @throws the same */
  take(asker: string, secret: string): Promise<T | null>;
}

/** Makes a memory of secrets of one kind, whose values are JSON. */
export type OneTimeSecrets = <T>(kind: string, bounds: OneTimeBounds) => OneTime<T>;

/** In memory. Who asks without end voids its own secrets, and nobody else's. */
export function ownSecrets(clock: Pick<Clock, "monotonic">): OneTimeSecrets {
  return function make<T>(_kind: string, { lifetimeMs, capacity, perAsker }: OneTimeBounds): OneTime<T> {
    const kept = new FairShare<{ readonly value: T }>({ capacity, perAsker, clock, full: "forget" });
    return {
      keep: async (asker, secret, value, share = asker) =>
        void kept.set(share, keyOf(asker, secret), { value }, lifetimeMs),
      take: async (asker, secret) => kept.take(keyOf(asker, secret))?.value ?? null,
    };
  };
}

/** In a store that several gateways share: whichever of them is asked knows what another has given out. */
export function secretsIn(store: OneTimeStore): OneTimeSecrets {
  return function make<T>(kind: string, bounds: OneTimeBounds): OneTime<T> {
    return {
      keep: (asker, secret, value, share = asker) =>
        store.keep({ kind, key: keyOf(asker, secret), share, body: JSON.stringify(value) }, bounds),
      async take(asker, secret) {
        const body = await store.take(kind, keyOf(asker, secret));
        return body === null ? null : (parseJson(body) as T);
      },
    };
  };
}

function keyOf(asker: string, secret: string): string {
  return hash("sha256", JSON.stringify([asker, secret]));
}
