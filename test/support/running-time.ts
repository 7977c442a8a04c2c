import { eventually } from "./eventually.ts";

const everyMs = 10;
/** So much of the time between two looks counts at most. */
const mostMs = 100;

export interface RunningTime {
  /** Milliseconds since its beginning. */
  passed(): number;
  /** Whether some of the time did not count. */
  stoodStill(): boolean;
  stop(): void;
}

/**
 * Time in which this machine ran. What a test promises "within two seconds" is about the gateway: where nothing here ran for a while,
 * because the machine was paused or had no processor for it, the gateway did not run either.
 */
export function runningTime(): RunningTime {
  let [sum, seenAt, lost] = [0, performance.now(), false];
  function passed(): number {
    const now = performance.now();
    sum += Math.min(now - seenAt, mostMs);
    lost ||= now - seenAt > mostMs;
    seenAt = now;
    return sum;
  }
  const timer = setInterval(passed, everyMs).unref();
  return { passed, stoodStill: () => (passed(), lost), stop: () => clearInterval(timer) };
}

/** Resolves when this machine has run for so long. */
export async function ran(ms: number): Promise<void> {
  const time = runningTime();
  await eventually(`it has run for ${ms} ms`, () => (time.passed() >= ms ? true : null));
  time.stop();
}

const mostAttempts = 5;

/**
 * What a test does in a race with timers of the gateway. A failure counts when the machine ran all the while; else the attempt is made
 * again, so it leaves nothing behind.
 */
export async function whileRunning(attempt: () => Promise<void>): Promise<void> {
  for (let left = mostAttempts; ; left -= 1) {
    const time = runningTime();
    try {
      return await attempt();
    } catch (failure) {
      if (left === 1 || !time.stoodStill()) throw failure;
    } finally {
      time.stop();
    }
  }
}
