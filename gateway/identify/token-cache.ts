import type { Subject } from "../domain/subject.ts";
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

/** Bounded; the oldest goes first. A hit is asked again whatever may have changed. */
export function createTokenCache(options: { max: number; nowMs: () => number; epoch: () => number }): TokenCache {
  const entries = new Map<string, { readonly verified: VerifiedToken; readonly epoch: number }>();
  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return null;
      if (entry.epoch === options.epoch() && entry.verified.holds(options.nowMs())) return entry.verified;
      entries.delete(key);
      return null;
    },
    set(key, verified, epoch) {
      if (entries.size >= options.max && !entries.has(key)) {
        const oldest = entries.keys().next().value;
        if (oldest !== undefined) entries.delete(oldest);
      }
      entries.set(key, { verified, epoch });
    },
  };
}
