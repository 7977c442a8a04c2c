import type { TimeFact } from "../domain/facts.ts";

const weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"] as const;

/**
 * Milliseconds since the epoch as a fact for policy, in UTC so that a record means the same everywhere. The last fact is
 * kept until the millisecond changes: on a busy gateway many calls share one.
 */
export function timeFacts(): (now: number) => TimeFact {
  let latest = { now: Number.NaN, fact: timeFactOf(0) };
  return function timeFact(now) {
    if (now !== latest.now) latest = { now, fact: timeFactOf(now) };
    return latest.fact;
  };
}

function timeFactOf(now: number): TimeFact {
  const date = new Date(now);
  const weekday = weekdays[date.getUTCDay()] ?? "Sunday";
  return { ns: `${Math.trunc(now)}000000`, weekday, hour: date.getUTCHours(), zone: "UTC" };
}
