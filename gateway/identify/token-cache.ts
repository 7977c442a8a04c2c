import type { Subject } from "../domain/subject.ts";
import type { KeySet } from "./key-set.ts";
import { isExpired } from "./claim-rules.ts";

/** One verified token on one route, with all that its verification leaned on. */
export interface VerifiedToken {
  readonly subject: Subject;
  readonly keySet: KeySet;
  readonly thumbprint: string;
  readonly clockSkewMs: number;
  /** Revocation epoch it was verified in. */
  readonly epoch: number;
}

export interface TokenCache {
  get(key: string): VerifiedToken | null;
  set(key: string, verified: VerifiedToken): void;
}

/** Bounded; the oldest goes first. A hit is asked again whatever may have changed: time, key and revocation. */
export function createTokenCache(options: { max: number; nowMs: () => number; epoch: () => number }): TokenCache {
  const entries = new Map<string, VerifiedToken>();
  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return null;
      const good =
        entry.epoch === options.epoch() &&
        !isExpired(entry.subject.expiresAt, entry.clockSkewMs, options.nowMs()) &&
        entry.keySet.stillHolds(entry.thumbprint);
      if (good) return entry;
      entries.delete(key);
      return null;
    },
    set(key, verified) {
      if (entries.size >= options.max && !entries.has(key)) {
        const oldest = entries.keys().next().value;
        if (oldest !== undefined) entries.delete(oldest);
      }
      entries.set(key, verified);
    },
  };
}
