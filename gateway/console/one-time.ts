import { hash } from "node:crypto";
import type { Clock } from "../domain/ports.ts";

/** Secrets that were given out and may come back once. Keyed by digest, as sessions are. */
export interface OneTime<T> {
  keep(secret: string, value: T): void;
  /** Null when it was never given out, has been used, or is too old. Whatever comes of it, it is used now. */
  take(secret: string): T | null;
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
    keep(secret, value) {
      forget();
      kept.set(hash("sha256", secret), { value, until: clock.now() + lifetimeMs });
    },
    take(secret) {
      const key = hash("sha256", secret);
      const found = kept.get(key);
      kept.delete(key);
      return found === undefined || found.until <= clock.now() ? null : found.value;
    },
  };
}
