import { InvalidArgumentError } from "commander";
import { parseDuration } from "../../config/schema/values.ts";

/** Parser of an option that names a moment: how long ago, or when. */
export function checkedMoment(value: string): string {
  if (Number.isNaN(parseDuration(value)) && Number.isNaN(Date.parse(value)))
    throw new InvalidArgumentError("Expected how long ago, such as 2h, or a time such as 2026-11-25T13:00:00Z.");
  return value;
}

/** In ISO 8601, UTC. A duration is counted back from `now`, milliseconds since the epoch. */
export function momentOf(value: string, now: number): string {
  const ago = parseDuration(value);
  return new Date(Number.isNaN(ago) ? value : now - ago).toISOString();
}
