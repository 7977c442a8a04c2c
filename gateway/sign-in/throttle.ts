import { hash } from "node:crypto";
import { callerAddress } from "../lib/request-headers.ts";
import { FairShare } from "../domain/fair-share.ts";
import type { Clock } from "../domain/ports.ts";

/** Failures that cost nothing, for one name from one address. */
const freeFailures = 5;
/** After so many failures from one address, under whatever names, only one failure for each name is free there. */
const crowdedAfter = 50;
const longestWaitMs = 5 * 60_000;
const forgetMs = 30 * 60_000;
/**
 * More than the work queue can check passwords in the time that failures are remembered: a flood of invented names makes
 * nobody's failures forgotten.
 */
const pairs = { capacity: 100_000, perAsker: 50_000 };
const addresses = { capacity: 10_000, perAsker: 1 };

/** Who tries a password. */
export interface Guesser {
  readonly name: string;
  readonly address: string;
  /** The name is that of the session: failures at sign-in do not count, and neither does the address. */
  readonly signedIn: boolean;
}

/** Slows down guessing of passwords. */
export interface Throttle {
  /** Milliseconds that this guesser must wait; 0 when it may try now. */
  waitMs(guesser: Guesser): number;
  /** Counted when a try begins; `undo` takes it back when it succeeded, or the password was not looked at. */
  failed(guesser: Guesser): void;
  undo(guesser: Guesser): void;
}

interface Failures {
  readonly count: number;
  /** Monotonic milliseconds. */
  readonly last: number;
}

/**
 * Counts by name and address together: by name alone, anybody could lock an approver out by failing on purpose, and by
 * address alone, everybody behind it by inventing names. Whether there is an account of the name plays no part.
 */
export function loginThrottle(clock: Clock): Throttle {
  const byPair = new FairShare<Failures>({ ...pairs, clock, full: "forget" });
  const byAddress = new FairShare<Failures>({ ...addresses, clock, full: "forget" });

  function count(failures: FairShare<Failures>, asker: string, key: string, change: 1 | -1): void {
    const { count: before, last } = failures.get(key) ?? { count: 0, last: 0 };
    if (before + change <= 0) failures.delete(key);
    else failures.set(asker, key, { count: before + change, last: change === 1 ? clock.monotonic() : last }, forgetMs);
  }

  function change(guesser: Guesser, by: 1 | -1): void {
    const { asker, key } = placeOf(guesser);
    count(byPair, asker, key, by);
    if (!guesser.signedIn) count(byAddress, asker, asker, by);
  }

  return {
    waitMs(guesser) {
      const { asker, key } = placeOf(guesser);
      const failures = byPair.get(key);
      const crowded = !guesser.signedIn && (byAddress.get(asker)?.count ?? 0) >= crowdedAfter;
      const free = crowded ? 1 : freeFailures;
      if (failures === undefined || failures.count < free) return 0;
      const pause = Math.min(1000 * 2 ** Math.min(failures.count - free, 20), longestWaitMs);
      return Math.max(0, failures.last + pause - clock.monotonic());
    },
    failed: (guesser) => change(guesser, 1),
    undo: (guesser) => change(guesser, -1),
  };
}

/** On whose account a guesser's failures are counted. */
export function askerOf({ name, address, signedIn }: Guesser): string {
  return signedIn ? `user ${name}` : `address ${callerAddress(address)}`;
}

function placeOf(guesser: Guesser): { readonly asker: string; readonly key: string } {
  const asker = askerOf(guesser);
  return { asker, key: hash("sha256", JSON.stringify([asker, guesser.name]), "base64url") };
}

const parallel = 2;
const waitingBounds = { capacity: 20, perAsker: 8 };

/**
 * Runs at most two at a time, so that hashing passwords cannot take the machine. Null when too many wait: of the asker
 * with most, the one that has waited longest is not run.
 */
export type WorkQueue = <T>(asker: string, work: () => Promise<T>) => Promise<T | null>;

interface Waiting {
  readonly go: (run: boolean) => void;
}

export function workQueue(clock: Clock): WorkQueue {
  const dropped = ({ go }: Waiting): void => go(false);
  const waiting = new FairShare<Waiting>({ ...waitingBounds, clock, full: "forget", dropped });
  let running = 0;
  let asked = 0;

  function release(): void {
    const next = waiting.takeOldest();
    if (next === undefined) running -= 1;
    else next.go(true);
  }

  return async function inTurn(asker, work) {
    if (running < parallel) running += 1;
    else if (!(await new Promise<boolean>((go) => waiting.set(asker, String(++asked), { go })))) return null;
    try {
      return await work();
    } finally {
      release();
    }
  };
}
