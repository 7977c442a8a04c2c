import { InvalidArgumentError } from "commander";
import { parseDuration } from "../../config/schema/values.ts";

/** Longer than any log reaches back; much more is no time that can be written. */
const LONGEST_MS = parseDuration("36500d");

const timeForms =
  "a date such as 2026-11-25, or a time such as 2026-11-25T13:00:00Z, which is UTC where it has no zone";

/** Said in the help of every option that `checkedMoment` parses. */
export const momentForms = "a date, or 2026-11-25T13:00:00Z (UTC where it has no zone)";

/** Parser of an option that names a moment: how long ago, or when. */
export function checkedMoment(value: string): string {
  const ago = parseDuration(value);
  if (ago > LONGEST_MS) throw new InvalidArgumentError("Expected 36500d ago at most.");
  if (Number.isNaN(ago) && timeIn(value) === null)
    throw new InvalidArgumentError(`Expected how long ago, such as 2h or 30d, ${timeForms}.`);
  return value;
}

/** Parser of an option that names a time: in ISO 8601, UTC. */
export function timeOption(value: string): string {
  const time = timeIn(value);
  if (time === null) throw new InvalidArgumentError(`Expected ${timeForms}.`);
  return new Date(time).toISOString();
}

/** What `checkedMoment` let pass, in ISO 8601, UTC. A duration is counted back from `now`, milliseconds since the epoch. */
export function momentOf(value: string, now: number): string {
  const ago = parseDuration(value);
  return Number.isNaN(ago) ? timeOption(value) : new Date(now - ago).toISOString();
}

const timePattern =
  /^(\d{4}-\d\d-\d\d)(?:T((?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?)(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)?)?$/;

/**
 * Milliseconds since the epoch; null for what is no date or time of ISO 8601 from 1970 to 9999. `Date.parse` alone takes `12` for the year
 * 2001, the 30th of February for a day of March, and a time without a zone for one of the machine's zone.
 */
function timeIn(value: string): number | null {
  const [, date, clock = "00:00", zone = "Z"] = timePattern.exec(value) ?? [];
  if (date === undefined) return null;
  const day = Date.parse(`${date}T00:00Z`);
  if (Number.isNaN(day) || new Date(day).toISOString().slice(0, 10) !== date) return null;
  const time = Date.parse(`${date}T${clock}${zone}`);
  return time >= 0 && new Date(time).getUTCFullYear() <= 9_999 ? time : null;
}
