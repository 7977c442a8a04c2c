import type { Clock } from "../domain/ports.ts";

const freeFailures = 5;
const longestWaitMs = 5 * 60_000;
const forgetMs = 30 * 60_000;
const maxKeys = 10_000;
const parallel = 2;
const queued = 20;

interface Failures {
  count: number;
  last: number;
}

/** Slows down guessing of passwords and keeps the hashing from taking the machine. */
export interface Throttle {
  /** Milliseconds that this pair of name and address must wait; 0 when it may try now. */
  waitMs(name: string, address: string): number;
  failed(name: string, address: string): void;
  succeeded(name: string, address: string): void;
  /** Runs at most two at a time; null when too many are queued already. */
  run<T>(work: () => Promise<T>): Promise<T> | null;
}

/**
 * Counts by name and address together: by name alone, anybody could lock an approver out by failing on purpose.
 * The address alone counts too, ten times as generously, against trying many names.
 */
export function loginThrottle(clock: Clock): Throttle {
  const failures = new Map<string, Failures>();
  const waiting: (() => void)[] = [];
  let running = 0;

  const keys = (name: string, address: string) =>
    [[JSON.stringify([name, address]), freeFailures], [JSON.stringify([address]), freeFailures * 10]] as const;

  function wait(key: string, free: number): number {
    const entry = failures.get(key);
    if (entry === undefined || entry.count < free) return 0;
    const pause = Math.min(1000 * 2 ** Math.min(entry.count - free, 20), longestWaitMs);
    return Math.max(0, entry.last + pause - clock.now());
  }

  function forget(): void {
    const now = clock.now();
    for (const [key, entry] of failures) {
      if (failures.size >= maxKeys || entry.last + forgetMs < now) failures.delete(key);
      else break;
    }
  }

  function release(): void {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  }

  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (running < parallel) running += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      release();
    }
  }

  return {
    waitMs: (name, address) => Math.max(...keys(name, address).map(([key, free]) => wait(key, free))),
    failed(name, address) {
      forget();
      for (const [key] of keys(name, address)) {
        const count = (failures.get(key)?.count ?? 0) + 1;
        failures.delete(key);
        failures.set(key, { count, last: clock.now() });
      }
    },
    succeeded(name, address) {
      failures.delete(keys(name, address)[0][0]);
    },
    run: (work) => (waiting.length >= queued ? null : inTurn(work)),
  };
}
