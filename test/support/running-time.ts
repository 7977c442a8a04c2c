import { eventually } from "./eventually.ts";

const everyMs = 10;
/** So much of the time between two looks counts at most. */
const mostMs = 100;

export interface RunningTime {
  /** Milliseconds since its beginning. */
  passed(): number;
  stop(): void;
}

/**
 * Time in which this machine ran. What a test promises "within two seconds" is about the gateway: where nothing here ran for a while,
 * because the machine was paused or had no processor for it, the gateway did not run either.
 */
export function runningTime(): RunningTime {
  let [sum, seenAt] = [0, performance.now()];
  function passed(): number {
    const now = performance.now();
    sum += Math.min(now - seenAt, mostMs);
    seenAt = now;
    return sum;
  }
  const timer = setInterval(passed, everyMs).unref();
  return { passed, stop: () => clearInterval(timer) };
}

/** Resolves when this machine has run for so long. */
export async function ran(ms: number): Promise<void> {
  const time = runningTime();
  await eventually(`it has run for ${ms} ms`, () => (time.passed() >= ms ? true : null));
  time.stop();
}
