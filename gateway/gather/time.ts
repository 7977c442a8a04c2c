import type { TimeFact } from "../domain/facts.ts";

const weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"] as const;

/** One instant per request, from milliseconds since the epoch; UTC, so that the same record means the same everywhere. */
export function timeFact(now: number): TimeFact {
  const date = new Date(now);
  return {
    ns: `${Math.trunc(now)}000000`,
    weekday: weekdays[date.getUTCDay()] ?? "Sunday",
    hour: date.getUTCHours(),
    zone: "UTC",
  };
}
