import type { Clock, Ids } from "../../domain/ports.ts";

export interface Nonces {
  current(): string;
  /** The current one and the one before it: a proof may be under way while it changes. */
  accepts(nonce: string): "current" | "previous" | "unknown";
  /** Whether it is the current one, of which no proof can be older than `ms`; an older current one is replaced first. */
  isYoungerThan(nonce: unknown, ms: number): boolean;
}

const lifetimeMs = 300_000;

/** Unpredictable texts that prove a proof was made a moment ago (RFC 9449 §8); two lifetimes long each is good. */
export function createNonces(clock: Clock, ids: Ids): Nonces {
  let now = ids.make("n");
  let before: string | null = null;
  let since = clock.monotonic();

  function rotate(afterMs = lifetimeMs): void {
    const age = clock.monotonic() - since;
    if (age < afterMs) return;
    before = age < 2 * lifetimeMs ? now : null;
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
      rotate(Math.min(ms, lifetimeMs));
      return nonce === now;
    },
  };
}
