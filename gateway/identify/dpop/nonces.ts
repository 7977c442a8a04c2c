import type { Clock, Ids } from "../../domain/ports.ts";

export interface Nonces {
  current(): string;
  /** The current one and the one before it: a proof may be under way while it changes. */
  accepts(nonce: string): NonceStanding | Promise<NonceStanding>;
  /** Whether it is the current one, of which no proof can be older than `ms`; an older current one is replaced first. */
  isYoungerThan(nonce: unknown, ms: number): boolean | Promise<boolean>;
}

export type NonceStanding = "current" | "previous" | "unknown";

/** A nonce is the current one for so long. */
export const nonceLifetimeMs = 300_000;

/** Unpredictable texts that show that a proof is fresh (RFC 9449 §8); each is accepted for two lifetimes. */
export function createNonces(clock: Clock, ids: Ids): Nonces {
  let now = ids.make("n");
  let before: string | null = null;
  let since = clock.monotonic();

  function rotate(afterMs = nonceLifetimeMs): void {
    const age = clock.monotonic() - since;
    if (age < afterMs) return;
    before = age < 2 * nonceLifetimeMs ? now : null;
    now = ids.make("n");
    since = clock.monotonic();
  }

  return {
    current() {
      rotate();
      return now;
    },
    accepts(nonce) {
      rotate();
      if (nonce === now) return "current";
      return nonce === before ? "previous" : "unknown";
    },
    isYoungerThan(nonce, ms) {
      rotate(Math.min(ms, nonceLifetimeMs));
      return nonce === now;
    },
  };
}
