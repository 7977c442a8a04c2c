import type { Clock } from "../domain/ports.ts";

const freeFailures = 5;
const longestWaitMs = 5 * 60_000;
const forgetMs = 30 * 60_000;
const maxKeys = 10_000;

/** Slows down guessing of passwords. */
export interface Throttle {
  /** Milliseconds that this pair of name and address must wait; 0 when it may try now. */
  waitMs(name: string, address: string): number;
  /** Counted when a try begins; `succeeded` takes it back. */
  failed(name: string, address: string): void;
  succeeded(name: string, address: string): void;
}

/**
 * Counts by name and address together: by name alone, anybody could lock an approver out by failing on purpose.
 * The address alone counts too, ten times as generously, against trying many names.
 */
export function loginThrottle(clock: Clock): Throttle {
  /** Oldest first: a key that fails again moves to the end. */
  const failures = new Map<string, { readonly count: number; readonly last: number }>();

  function wait([key, free]: readonly [string, number]): number {
    const entry = failures.get(key);
    if (entry === undefined || entry.count < free) return 0;
    const pause = Math.min(1000 * 2 ** Math.min(entry.count - free, 20), longestWaitMs);
    return Math.max(0, entry.last + pause - clock.now());
  }

  function forget(): void {
    for (const [key, entry] of failures) {
      if (failures.size < maxKeys && entry.last + forgetMs >= clock.now()) return;
      failures.delete(key);
    }
  }

  return {
    waitMs: (name, address) => Math.max(...keys(name, address).map(wait)),
    failed(name, address) {
      forget();
      for (const [key] of keys(name, address)) {
        const count = (failures.get(key)?.count ?? 0) + 1;
        failures.delete(key);
        failures.set(key, { count, last: clock.now() });
      }
    },
    succeeded(name, address) {
      const [[pair], [whole]] = keys(name, address);
      failures.delete(pair);
      const entry = failures.get(whole);
      if (entry !== undefined) failures.set(whole, { ...entry, count: entry.count - 1 });
    },
  };
}

/** Each key with the failures that cost nothing. */
function keys(name: string, address: string) {
  return [
    [JSON.stringify([name, address]), freeFailures],
    [JSON.stringify([address]), freeFailures * 10],
  ] as const;
}
