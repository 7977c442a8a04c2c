import { BuiltinError } from "../types.ts";
import { daysFromCivil, daysIn, isLeap } from "./civil.ts";
import type { LayoutPart } from "./layout.ts";
import { splitLayout } from "./layout.ts";
import type { Fields, Reading } from "./parse-element.ts";
import { digitsAt, readElement, readNanoseconds } from "./parse-element.ts";

/**
 * Go's time.Parse with UTC as the default zone.
 * @returns nanoseconds since 1970
 * @throws BuiltinError when the text does not fit the layout
 */
export function parseTime(layout: string, text: string): bigint {
  const fields: Fields = { hour: 0, minute: 0, second: 0, nanoseconds: 0 };
  const reading: Reading = { rest: text, fields };
  const parts = splitLayout(layout);
  for (const [index, part] of parts.entries()) {
    skipLiteral(reading, part.literal);
    if (part.element === "") break;
    readElement(reading, part.element);
    if (part.element === "5" || part.element === "05") readUnaskedFraction(reading, parts[index + 1]);
  }
  if (reading.rest !== "") throw new BuiltinError(`parsing time: extra text: ${reading.rest}`);
  return toNanoseconds(fields);
}

/** One or more spaces in the layout stand for any number of spaces in the text. */
function skipLiteral(reading: Reading, literal: string): void {
  let expected = literal;
  while (expected !== "") {
    if (expected.startsWith(" ")) {
      if (reading.rest !== "" && !reading.rest.startsWith(" ")) throw mismatch(literal);
      expected = expected.replace(/^ +/, "");
      reading.rest = reading.rest.replace(/^ +/, "");
      continue;
    }
    if (reading.rest === "" || reading.rest[0] !== expected[0]) throw mismatch(literal);
    expected = expected.slice(1);
    reading.rest = reading.rest.slice(1);
  }
}

function mismatch(literal: string): BuiltinError {
  return new BuiltinError(`parsing time: cannot find ${JSON.stringify(literal)}`);
}

/** A fraction may follow the seconds although the layout has none. */
function readUnaskedFraction(reading: Reading, next: LayoutPart | undefined): void {
  if (!/^[.,]\d/.test(reading.rest)) return;
  const element = next?.literal === "" ? next.element : "";
  if (element.startsWith(".") || element.startsWith(",")) return;
  const length = 1 + digitsAt(reading.rest, 1);
  reading.fields.nanoseconds = readNanoseconds(reading.rest, length);
  reading.rest = reading.rest.slice(length);
}

function toNanoseconds(fields: Fields): bigint {
  let hour = fields.hour;
  if (fields.afternoon === true && hour < 12) hour += 12;
  else if (fields.afternoon === false && hour === 12) hour = 0;
  const year = fields.year ?? 0;
  const { month, day } = resolveDay(fields, year);
  if (day < 1 || day > daysIn(month, year)) throw new BuiltinError("parsing time: day out of range");
  const clock = hour * 3600 + fields.minute * 60 + fields.second;
  const seconds = daysFromCivil(year, month, day) * 86_400 + clock - (fields.offset ?? 0);
  return BigInt(seconds) * 1_000_000_000n + BigInt(fields.nanoseconds);
}

/** The day of the year, where given, must agree with month and day. */
function resolveDay(fields: Fields, year: number): { month: number; day: number } {
  if (fields.yearDay === undefined) return { month: fields.month ?? 1, day: fields.day ?? 1 };
  if (fields.yearDay < 1 || fields.yearDay > (isLeap(year) ? 366 : 365)) {
    throw new BuiltinError("parsing time: day-of-year out of range");
  }
  let month = 1;
  let day = fields.yearDay;
  while (day > daysIn(month, year)) {
    day -= daysIn(month, year);
    month += 1;
  }
  if ((fields.month !== undefined && fields.month !== month) || (fields.day !== undefined && fields.day !== day)) {
    throw new BuiltinError("parsing time: day-of-year does not match month and day");
  }
  return { month, day };
}
