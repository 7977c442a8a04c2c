import type { TimeFact } from "../domain/facts.ts";

const weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"] as const;

/** On a busy gateway many calls are of one millisecond. */
let latest = { now: Number.NaN, fact: factOf(0) };

/** One instant per request, from milliseconds since the epoch; UTC, so that the same record means the same everywhere. */
export function timeFact(now: number): TimeFact {
  if (now !== latest.now) latest = { now, fact: factOf(now) };
  return latest.fact;
}

function factOf(now: number): TimeFact {
  const date = new Date(now);
  const weekday = weekdays[date.getUTCDay()] ?? "Sunday";
  return { ns: `${Math.trunc(now)}000000`, weekday, hour: date.getUTCHours(), zone: "UTC" };
}
