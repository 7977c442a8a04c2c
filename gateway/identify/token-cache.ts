import { FairShare } from "../domain/fair-share.ts";
import type { Clock } from "../domain/ports.ts";
import { principalKey, type Subject } from "../domain/subject.ts";
import type { KeyBinding } from "./key-binding.ts";
import type { TrustedIssuer } from "./trusted-issuer.ts";

/** One verified token on one route, with all that its verification leaned on. */
export interface VerifiedToken {
  readonly subject: Subject;
  readonly issuer: TrustedIssuer;
  readonly scheme: "bearer" | "dpop";
  /** What each call with it has yet to prove; a cached token is never a proven one. */
  readonly binding: KeyBinding | null;
  /** SHA-256 of the token, base64url (RFC 9449 §4.1). */
  readonly ath: string;
  /** Whether what was verified still holds, without waiting: time, key, issuer's answer. */
  readonly holds: (nowMs: number) => boolean;
}

export interface TokenCache {
  get(key: string): VerifiedToken | null;
  /** @param epoch revocation epoch that its verification began in */
  set(key: string, verified: VerifiedToken, epoch: number): void;
}

/** Bounded, with a share for each subject; its oldest goes first. A hit is asked again whatever may have changed. */
export function createTokenCache(options: { max: number; clock: Clock; epoch: () => number }): TokenCache {
  const { max, clock, epoch } = options;
  const perAsker = Math.ceil(max / 10);
  const entries = new FairShare<{ readonly verified: VerifiedToken; readonly epoch: number }>({
    capacity: max,
    perAsker,
    clock,
    full: "forget",
  });
  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return null;
      if (entry.epoch === epoch() && entry.verified.holds(clock.now())) return entry.verified;
      entries.delete(key);
      return null;
    },
    set(key, verified, startedIn) {
      entries.set(principalKey(verified.subject), key, { verified, epoch: startedIn });
    },
  };
}
