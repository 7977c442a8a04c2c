import type { Value } from "../../value.ts";
import { RegoObject, makeNumber } from "../../value.ts";
import { formatTime } from "../time/format.ts";
import { parseTime } from "../time/parse.ts";
import { UTC } from "../time/zone.ts";
import type { Zone } from "../time/zone.ts";
import type { Der } from "./der.ts";
import { TAG, bits, booleanValue, int64Value, isString, malformed, oidValue, stringValue } from "./der.ts";

const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;

/** A value of any type as Go's encoding/asn1 reads it and its JSON shows it; null for a type that it does not know. @throws BuiltinError */
export function anyValue(element: Der): Value {
  if (isString(element)) return stringValue(element);
  switch (element.tag) {
    case TAG.boolean:
      return booleanValue(element);
    case TAG.integer:
      return makeNumber(int64Value(element).toString());
    case TAG.bits: {
      const { bytes, unused } = bits(element);
      return RegoObject.from([
        ["Bytes", bytes.toString("base64")],
        ["BitLength", bytes.length * 8 - unused],
      ] as const);
    }
    case TAG.octets:
      return element.value.toString("base64");
    case TAG.oid:
      return oidValue(element);
    case UTC_TIME:
      return timeText(element, "060102150405Z0700") ?? timeText(element, "0601021504Z0700") ?? invalidTime();
    case GENERALIZED_TIME:
      return timeText(element, "20060102150405.999999999Z0700") ?? invalidTime();
    default:
      return null;
  }
}

function invalidTime(): never {
  throw malformed("invalid time");
}

/** A time that reads the same when it is written again. */
function timeText({ tag, value }: Der, layout: string): string | undefined {
  const text = value.toString("latin1");
  const [, sign, hours = "0", minutes = "0"] = /([+-])(\d\d)(\d\d)$/.exec(text) ?? [];
  const offset = (Number(hours) * 3600 + Number(minutes) * 60) * (sign === "-" ? -1 : 1);
  const zone: Zone = { ...UTC, offsetAt: () => offset };
  let nanoseconds: bigint;
  try {
    nanoseconds = parseTime(layout, text);
  } catch {
    return undefined;
  }
  const instant = { ...split(nanoseconds), zone };
  if (formatTime(instant, layout) !== text) return undefined;
  // Two digits of a year mean one before 2050 (RFC 5280, section 4.1.2.5.1).
  const shown = formatTime(instant, "2006-01-02T15:04:05.999999999Z07:00");
  return tag === UTC_TIME && /^20[5-9]/.test(shown) ? `19${shown.slice(2)}` : shown;
}

function split(time: bigint): { seconds: number; nanoseconds: number } {
  const nanoseconds = ((time % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  return { seconds: Number((time - nanoseconds) / 1_000_000_000n), nanoseconds: Number(nanoseconds) };
}
