import { hash } from "node:crypto";
import type { Clock } from "../domain/ports.ts";

/**
 * Secrets that were given out and may come back once, from the same asker. Keyed by a digest of both, as sessions are: a
 * secret that somebody else brings back is unknown, and is not used up by it.
 */
export interface OneTime<T> {
  keep(asker: string, secret: string, value: T): void;
  /** Null when this asker was never given it, has used it, or is too late. Whatever comes of it, it is used now. */
  take(asker: string, secret: string): T | null;
}

/** In memory; beyond `most` the oldest goes, so that a flood costs patience and not memory. */
export function oneTime<T>(clock: Clock, { lifetimeMs, most }: { lifetimeMs: number; most: number }): OneTime<T> {
  /** Oldest first. */
  const kept = new Map<string, { readonly value: T; readonly until: number }>();

  function forget(): void {
    for (const [key, { until }] of kept) {
      if (until > clock.now() && kept.size < most) return;
      kept.delete(key);
    }
  }

  return {
    keep(asker, secret, value) {
      forget();
      kept.set(keyOf(asker, secret), { value, until: clock.now() + lifetimeMs });
    },
    take(asker, secret) {
      const key = keyOf(asker, secret);
      const found = kept.get(key);
      kept.delete(key);
      return found === undefined || found.until <= clock.now() ? null : found.value;
    },
  };
}

function keyOf(asker: string, secret: string): string {
  return hash("sha256", JSON.stringify([asker, secret]));
}
