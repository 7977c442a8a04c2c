import { BuiltinError } from "../types.ts";
import { daysFromCivil } from "./civil.ts";
import { readZoneFile, type ZoneFile } from "./zone-file.ts";

/**
 * Time zones from the system's tz database, as in OPA, and from the engine's own IANA data: behind the last transition of a
 * file, and where the system has none. The engine's knows fewer abbreviations, and fewer zones before 1970.
 */
export interface Zone {
  /** Seconds east of UTC at an instant (seconds since 1970). */
  offsetAt(seconds: number): number;
  /** The zone's abbreviation then, such as CET. */
  abbreviationAt(seconds: number): string;
}

export const UTC: Zone = { offsetAt: () => 0, abbreviationAt: () => "UTC" };

/** Zone files are found by exact name on the systems OPA runs on, so "europe/berlin" is unknown. */
const NAME = /^[A-Z][A-Za-z0-9_+-]*(?:\/[A-Z0-9][A-Za-z0-9_+-]*)*$/;
const zones = new Map<string, Zone>();

/** @throws BuiltinError for an unknown name */
export function zoneNamed(name: string): Zone {
  if (name === "" || name === "UTC") return UTC;
  const known = zones.get(name);
  if (known !== undefined) return known;
  if (name !== "Local" && !NAME.test(name)) throw new BuiltinError(`unknown time zone ${name}`);
  const zone = new IanaZone(name === "Local" ? new Intl.DateTimeFormat().resolvedOptions().timeZone : name);
  zones.set(name, zone);
  return zone;
}

/** English-speaking regions, each of which names other zones by letters; the first that does not say GMT+n decides. */
const LOCALES = ["en-US", "en-GB", "en-AU", "en-NZ", "en-IN", "en-ZA", "ja-JP"];

/** Around 1875; no zone had left local mean time for good. */
const FIRST_RULES = -3_000_000_000;
const HALF_YEAR = 15_552_000;

class IanaZone implements Zone {
  readonly #name: string;
  readonly #clock: Intl.DateTimeFormat;
  readonly #file: ZoneFile | undefined;

  constructor(name: string) {
    this.#name = name;
    try {
      this.#clock = new Intl.DateTimeFormat("en-US", {
        timeZone: name,
        calendar: "iso8601",
        hourCycle: "h23",
        era: "short",
        year: "numeric",
        month: "numeric",
        day: "numeric",
        hour: "numeric",
        minute: "numeric",
        second: "numeric",
      });
    } catch {
      throw new BuiltinError(`unknown time zone ${name}`);
    }
    this.#file = readZoneFile(name);
  }

  offsetAt(seconds: number): number {
    return this.#file?.localAt(seconds)?.offset ?? this.#offsetByEngine(seconds);
  }

  #offsetByEngine(seconds: number): number {
    const parts: Record<string, number> = {};
    for (const { type, value } of this.#clock.formatToParts(seconds * 1000)) parts[type] = Number(value);
    const days = daysFromCivil(parts["year"] as number, parts["month"] as number, parts["day"] as number);
    const clock = (parts["hour"] as number) * 3600 + (parts["minute"] as number) * 60 + (parts["second"] as number);
    return days * 86_400 + clock - seconds;
  }

  abbreviationAt(seconds: number): string {
    if (this.#file === undefined) return this.#abbreviationByEngine(seconds, this.offsetAt(seconds));
    const local = this.#file.localAt(seconds);
    return local?.abbreviation ?? this.#file.abbreviationAfter(this.offsetAt(seconds));
  }

  /** The engine has letters for zones that some English-speaking region uses. */
  #abbreviationByEngine(seconds: number, offset: number): string {
    // Offsets with seconds are local mean time. Names start in 1970: before, a later instant of the same offset tells.
    if (offset % 60 !== 0 || (seconds < FIRST_RULES && offset !== this.offsetAt(0))) return "LMT";
    const instants = seconds >= 0 ? [seconds] : [0, HALF_YEAR].filter((later) => this.offsetAt(later) === offset);
    for (const locale of LOCALES) {
      for (const instant of instants) {
        const name = this.#nameAt(instant, locale);
        if (/^[A-Z]{2,5}$/.test(name)) return name;
      }
    }
    return numericAbbreviation(offset);
  }

  #nameAt(seconds: number, locale: string): string {
    const format = new Intl.DateTimeFormat(locale, { timeZone: this.#name, timeZoneName: "short" });
    return format.formatToParts(seconds * 1000).find((part) => part.type === "timeZoneName")?.value ?? "";
  }
}

/** The IANA data names zones without letters by their offset: "+0330". */
function numericAbbreviation(offset: number): string {
  const minutes = Math.floor(Math.abs(offset) / 60);
  const hours = Math.floor(minutes / 60)
    .toString()
    .padStart(2, "0");
  const rest = minutes % 60 === 0 ? "" : (minutes % 60).toString().padStart(2, "0");
  return `${offset < 0 ? "-" : "+"}${hours}${rest}`;
}

/** Seconds since 1970 for a local clock reading; in a gap or an overlap the choice is Go's (time.Date). */
export function secondsFromLocal(local: number, zone: Zone): number {
  const guess = zone.offsetAt(local);
  if (guess === 0) return local;
  return local - zone.offsetAt(local - guess);
}
