import type { Clock } from "../../../domain/ports.ts";

const dayMs = 86_400_000;

/** Monday, 5 January 2026, 10:00 UTC. */
const firstMorning = Date.UTC(2026, 0, 5, 10);

export interface ReplayClock extends Clock {
  /** On to the next working day, or the one after a session that went on for longer. */
  nextSession(): void;
  pass(seconds: number): void;
}

/**
 * The wall clock of a replay. Each session begins at ten in the morning of a working day of its own, so that neither rules
 * about hours nor limits by the hour make the report depend on when it runs, or on the sessions before.
 */
export function replayClock({ monotonic }: Pick<Clock, "monotonic">): ReplayClock {
  let [day, now] = [firstMorning, firstMorning];
  return {
    now: () => now,
    monotonic,
    nextSession() {
      do day += dayMs;
      while (isWeekend(day) || day < now);
      now = day;
    },
    pass: (seconds) => void (now += seconds * 1000),
  };
}

function isWeekend(ms: number): boolean {
  const day = new Date(ms).getUTCDay();
  return day === 0 || day === 6;
}
