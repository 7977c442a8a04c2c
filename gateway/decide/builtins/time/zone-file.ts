import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface LocalTime {
  /** Seconds east of UTC. */
  readonly offset: number;
  readonly daylight: boolean;
  readonly abbreviation: string;
}

/** A zone in the system's tz database. */
export interface ZoneFile {
  /** At an instant (seconds since 1970), or undefined where only a rule with daylight time says it. */
  localAt(seconds: number): LocalTime | undefined;
  /** By that rule, when the zone is `offset` seconds east of UTC. */
  abbreviationAfter(offset: number): string;
}

/** Where Go looks for the tz database, so that OPA on the same system reads the same files. */
const FOLDERS = ["/usr/share/zoneinfo", "/usr/share/lib/zoneinfo", "/usr/lib/locale/TZ", "/etc/zoneinfo"];

/** The file of a zone, of at most a few kilobytes, or undefined where the system has none. `name` is one that IANA has. */
export function readZoneFile(name: string): ZoneFile | undefined {
  for (const folder of FOLDERS) {
    try {
      return zoneFile(readFileSync(join(folder, name)));
    } catch {
      // Not there, or not in the format: the next one may be.
    }
  }
  return undefined;
}

/**
 * Reads the 64-bit part of a file in the TZif format (RFC 9636, section 3).
 * @throws RangeError for other bytes
 */
export function zoneFile(bytes: Buffer): ZoneFile {
  const older = headerAt(bytes, 0);
  const { times, types, letters, start, end } = headerAt(bytes, older.end, 8);
  const typesAt = start + times * 9;
  const lettersAt = typesAt + types * 6;
  const local = Array.from({ length: types }, (_, index): LocalTime => {
    const at = typesAt + index * 6;
    const from = lettersAt + bytes.readUInt8(at + 5);
    const abbreviation = bytes.toString("latin1", from, Math.min(bytes.indexOf(0, from), lettersAt + letters));
    return { offset: bytes.readInt32BE(at), daylight: bytes.readUInt8(at + 4) === 1, abbreviation };
  });
  const transitions = Array.from({ length: times }, (_, index) => Number(bytes.readBigInt64BE(start + index * 8)));
  const after = ruleAfter(bytes.toString("latin1", end + 1, bytes.length - 1));
  const first = local.find(({ daylight }) => !daylight);
  return {
    localAt(seconds) {
      const last = transitions.findLastIndex((instant) => instant <= seconds);
      if (last === times - 1 && after !== undefined) return undefined;
      return last < 0 ? first : local[bytes.readUInt8(start + times * 8 + last)];
    },
    abbreviationAfter: (offset) => after?.(offset) ?? "",
  };
}

function headerAt(bytes: Buffer, at: number, timeSize = 4) {
  if (bytes.toString("latin1", at, at + 4) !== "TZif") throw new RangeError("not a TZif file");
  const [ut, standard, leaps, times, types, letters] = [0, 1, 2, 3, 4, 5].map((index) =>
    bytes.readUInt32BE(at + 20 + index * 4),
  ) as [number, number, number, number, number, number];
  const start = at + 44;
  const end = start + times * (timeSize + 1) + types * 6 + letters + leaps * (timeSize + 4) + standard + ut;
  return { times, types, letters, start, end };
}

const RULE = /^(<[^>]+>|[A-Za-z]{3,})([-+\d:]+)(?:(<[^>]+>|[A-Za-z]{3,})([-+\d:]*))?/;

/**
 * Abbreviations behind the last transition, by the offset: "CET-1CEST,M3.5.0,M10.5.0/3" (RFC 9636, section 3.3.1). Without
 * daylight time there is no need of it, as the last transition holds on.
 */
function ruleAfter(rule: string): ((offset: number) => string) | undefined {
  const [, standard, west, daylight, daylightWest] = RULE.exec(rule) ?? [];
  if (standard === undefined || west === undefined || daylight === undefined) return undefined;
  const daylightOffset = daylightWest ? eastOf(daylightWest) : eastOf(west) + 3_600;
  return (offset) => (offset === daylightOffset ? daylight : standard).replace(/[<>]/g, "");
}

/** POSIX counts hours west of Greenwich. */
function eastOf(west: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = west.replace(/^[-+]/, "").split(":").map(Number);
  return (hours * 3_600 + minutes * 60 + seconds) * (west.startsWith("-") ? 1 : -1);
}
