import type { Value } from "../value.ts";
import { isNumber, makeNumber } from "../value.ts";
import { integerOfFloat } from "./go/big-float.ts";
import { chargeText, intAt, isArray, numberAt, stringAt, wrongType } from "./operands.ts";
import { WEEKDAYS, daysFromCivil, daysIn } from "./time/civil.ts";
import { parseDuration } from "./time/duration.ts";
import type { Instant } from "./time/format.ts";
import { civilOf, formatTime } from "./time/format.ts";
import { LAYOUTS, layoutNamed } from "./time/layout.ts";
import { parseTime } from "./time/parse.ts";
import type { Zone } from "./time/zone.ts";
import { UTC, secondsFromLocal, zoneNamed } from "./time/zone.ts";
import type { Builtin, BuiltinContext } from "./types.ts";
import { BuiltinError } from "./types.ts";

const BILLION = 1_000_000_000n;
const INT64 = 1n << 63n;
/** Looking a zone up in the engine's data costs some microseconds. */
const ZONE_FUEL = 2_000;
const UNKNOWN_ZONE_FUEL = 20_000;
/** Its letters are looked for in several languages' data. */
const ABBREVIATION_FUEL = 20_000;

function nanoseconds(value: bigint): Value {
  if (value >= INT64 || value < -INT64) throw new BuiltinError("time outside of valid range");
  return makeNumber(value.toString());
}

interface Operand extends Instant {
  readonly layout: string;
}

/** Nanoseconds, or [nanoseconds, zone], or [nanoseconds, zone, layout]. */
function instantAt(context: BuiltinContext, operand: Value | undefined): Operand {
  const parts = isArray(operand) ? operand : [operand as Value];
  if (!isArray(operand) && !isNumber(operand))
    throw wrongType(1, operand, "either number (ns) or [number (ns), string (tz)]");
  if (parts.length === 0) throw wrongType(1, operand, "either number (ns) or [number (ns), string (tz)]");
  const number = numberAt(1, parts[0]);
  const zone = parts.length > 1 ? zoneAt(context, parts[1] as Value) : UTC;
  context.charge(zone === UTC ? 150 : ZONE_FUEL);
  const layout = parts.length > 2 ? stringAt(1, parts[2]) : "";
  const instant = integerOfFloat(number);
  if (instant === undefined || instant >= INT64 || instant < -INT64) throw new BuiltinError("timestamp too big");
  const fraction = ((instant % BILLION) + BILLION) % BILLION;
  return { seconds: Number((instant - fraction) / BILLION), nanoseconds: Number(fraction), zone, layout };
}

/** A name that is none costs most: nothing of the search for it is kept. */
function zoneAt(context: BuiltinContext, value: Value): Zone {
  const name = stringAt(1, value);
  try {
    return zoneNamed(name);
  } catch (error) {
    context.charge(UNKNOWN_ZONE_FUEL);
    throw error;
  }
}

const nowNs: Builtin = (context) => makeNumber(context.nowNs.toString());

const parseNs: Builtin = (context, layout, value) => {
  const format = stringAt(1, layout);
  const text = stringAt(2, value);
  chargeText(context, format.length * 8, text.length * 8);
  return nanoseconds(parseTime(layoutNamed(format), text));
};

const parseRfc3339: Builtin = (context, value) => {
  const text = stringAt(1, value);
  chargeText(context, 200 + text.length);
  return nanoseconds(parseTime(LAYOUTS["RFC3339"] as string, text));
};

const parseDurationNs: Builtin = (context, value) => {
  const text = stringAt(1, value);
  chargeText(context, text.length * 16);
  return makeNumber(parseDuration(text).toString());
};

const format: Builtin = (context, operand) => {
  const instant = instantAt(context, operand);
  const layout = instant.layout === "" ? "RFC3339Nano" : instant.layout;
  const pattern = layoutNamed(layout);
  chargeText(context, pattern.length * 24);
  if (instant.zone !== UTC) context.charge((pattern.split("MST").length - 1) * ABBREVIATION_FUEL);
  return formatTime(instant, pattern);
};

const date: Builtin = (context, operand) => {
  const { year, month, day } = civilOf(instantAt(context, operand));
  return [year, month, day];
};

const clock: Builtin = (context, operand) => {
  const { hour, minute, second } = civilOf(instantAt(context, operand));
  return [hour, minute, second];
};

const weekday: Builtin = (context, operand) => WEEKDAYS[civilOf(instantAt(context, operand)).weekday];

const addDate: Builtin = (context, operand, years, months, days) => {
  const instant = instantAt(context, operand);
  const civil = civilOf(instant);
  const year = civil.year + intAt(2, years);
  const month = civil.month + intAt(3, months);
  const day = civil.day + intAt(4, days);
  // Anything this far out is outside 1677…2262 whatever the zone, and would not be exact in doubles.
  if (Math.abs(year) > 1e6 || Math.abs(month) > 1e7 || Math.abs(day) > 1e9) {
    throw new BuiltinError("time outside of valid range");
  }
  const local = daysFromCivil(year, month, day) * 86_400 + civil.hour * 3600 + civil.minute * 60 + civil.second;
  const seconds = secondsFromLocal(local, instant.zone);
  return nanoseconds(BigInt(seconds) * BILLION + BigInt(instant.nanoseconds));
};

function isLater(left: Instant, right: Instant): boolean {
  return left.seconds > right.seconds || (left.seconds === right.seconds && left.nanoseconds > right.nanoseconds);
}

/** Years, months, days, hours, minutes and seconds between two instants, both read in the first one's zone. */
const diff: Builtin = (context, first, second) => {
  const one = instantAt(context, first);
  const two = { ...instantAt(context, second), zone: one.zone };
  const [from, to] = (isLater(one, two) ? [two, one] : [one, two]).map((instant) => civilOf(instant)) as [
    ReturnType<typeof civilOf>,
    ReturnType<typeof civilOf>,
  ];
  const borrow = { second: 60, minute: 60, hour: 24, day: daysIn(from.month, from.year), month: 12 };
  const fields = ["second", "minute", "hour", "day", "month"] as const;
  const result: number[] = [];
  let carry = 0;
  for (const field of fields) {
    let value = to[field] - from[field] - carry;
    carry = value < 0 ? 1 : 0;
    if (value < 0) value += borrow[field];
    result.unshift(value);
  }
  return [to.year - from.year - carry, ...result];
};

export const time: Readonly<Record<string, Builtin>> = {
  "time.now_ns": nowNs,
  "time.parse_ns": parseNs,
  "time.parse_rfc3339_ns": parseRfc3339,
  "time.parse_duration_ns": parseDurationNs,
  "time.format": format,
  "time.date": date,
  "time.clock": clock,
  "time.weekday": weekday,
  "time.add_date": addDate,
  "time.diff": diff,
};
