import { hash } from "node:crypto";
import { FairShare } from "../domain/fair-share.ts";
import type { Clock } from "../domain/ports.ts";

/**
 * Secrets that were given out and may come back once, from the same asker. Keyed by a digest of both, as sessions are: a
 * secret that somebody else brings back is unknown, and is not used up by it.
 */
export interface OneTime<T> {
  /** `share`: on whose account it is kept, where that is somebody else than who may bring it back. */
  keep(asker: string, secret: string, value: T, share?: string): void;
  /** Null when this asker was never given it, has used it, or is too late. Whatever comes of it, it is used now. */
  take(asker: string, secret: string): T | null;
}

export interface OneTimeBounds {
  readonly lifetimeMs: number;
  /** Secrets in all. */
  readonly capacity: number;
  /** Secrets on one account: beyond them its own oldest goes. */
  readonly perAsker: number;
}

/** In memory. Who asks without end voids its own secrets, and nobody else's. */
export function oneTime<T>(clock: Clock, { lifetimeMs, capacity, perAsker }: OneTimeBounds): OneTime<T> {
  const kept = new FairShare<{ readonly value: T }>({ capacity, perAsker, clock, full: "forget" });
  return {
    keep(asker, secret, value, share = asker) {
      kept.set(share, keyOf(asker, secret), { value }, lifetimeMs);
    },
    take: (asker, secret) => kept.take(keyOf(asker, secret))?.value ?? null,
  };
}

function keyOf(asker: string, secret: string): string {
  return hash("sha256", JSON.stringify([asker, secret]));
}
