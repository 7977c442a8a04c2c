import { BuiltinError } from "../types.ts";
import { MONTHS, WEEKDAYS } from "./civil.ts";

/** What has been read so far; what is absent was not in the layout. */
export interface Fields {
  year?: number;
  month?: number;
  day?: number;
  yearDay?: number;
  hour: number;
  minute: number;
  second: number;
  nanoseconds: number;
  afternoon?: boolean;
  offset?: number;
}

export interface Reading {
  rest: string;
  readonly fields: Fields;
}

type Reader = (reading: Reading) => void;

const failed = (what: string): BuiltinError => new BuiltinError(`parsing time: cannot read ${what}`);

export function digitsAt(text: string, start: number): number {
  let end = start;
  while (end < text.length && isDigit(text, end)) end += 1;
  return end - start;
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0x30 && code <= 0x39;
}

/** One or two digits, exactly two when fixed. */
function twoDigits(reading: Reading, fixed: boolean, what: string): number {
  const { rest } = reading;
  if (!isDigit(rest, 0) || (fixed && !isDigit(rest, 1))) throw failed(what);
  const length = isDigit(rest, 1) ? 2 : 1;
  reading.rest = rest.slice(length);
  return Number(rest.slice(0, length));
}

function ranged(value: number, low: number, high: number, what: string): number {
  if (value < low || value > high) throw new BuiltinError(`parsing time: ${what} out of range`);
  return value;
}

function name(reading: Reading, names: readonly string[], length: number | undefined, what: string): number {
  const index = names.findIndex((candidate) => {
    const wanted = candidate.slice(0, length).toLowerCase();
    return reading.rest.slice(0, wanted.length).toLowerCase() === wanted;
  });
  if (index < 0) throw failed(what);
  reading.rest = reading.rest.slice((names[index] as string).slice(0, length).length);
  return index;
}

function yearDay(reading: Reading, fixed: boolean): void {
  let length = 0;
  if (!fixed) while (length < 2 && reading.rest[length] === " ") length += 1;
  const blanks = length;
  while (length < 3 && isDigit(reading.rest, length)) length += 1;
  if (length === blanks || (fixed && length < 3)) throw failed("day of year");
  reading.fields.yearDay = Number(reading.rest.slice(blanks, length));
  reading.rest = reading.rest.slice(length);
}

function meridian(reading: Reading, after: string, before: string): void {
  const found = reading.rest.slice(0, 2);
  if (found !== after && found !== before) throw failed("AM or PM");
  reading.fields.afternoon = found === after;
  reading.rest = reading.rest.slice(2);
}

const month =
  (fixed: boolean): Reader =>
  (r) =>
    void (r.fields.month = ranged(twoDigits(r, fixed, "month"), 1, 12, "month"));
const day =
  (fixed: boolean): Reader =>
  (r) =>
    void (r.fields.day = twoDigits(r, fixed, "day"));
const hour =
  (fixed: boolean, most: number): Reader =>
  (r) =>
    void (r.fields.hour = ranged(twoDigits(r, fixed, "hour"), 0, most, "hour"));
const minute =
  (fixed: boolean): Reader =>
  (r) =>
    void (r.fields.minute = ranged(twoDigits(r, fixed, "minute"), 0, 59, "minute"));
const second =
  (fixed: boolean): Reader =>
  (r) =>
    void (r.fields.second = ranged(twoDigits(r, fixed, "second"), 0, 59, "second"));

const READERS: Readonly<Record<string, Reader>> = {
  "06": (r) => {
    const value = twoDigits(r, true, "year");
    r.fields.year = value >= 69 ? value + 1900 : value + 2000;
  },
  "2006": (r) => {
    if (digitsAt(r.rest, 0) < 4) throw failed("year");
    r.fields.year = Number(r.rest.slice(0, 4));
    r.rest = r.rest.slice(4);
  },
  Jan: (r) => void (r.fields.month = name(r, MONTHS, 3, "month") + 1),
  January: (r) => void (r.fields.month = name(r, MONTHS, undefined, "month") + 1),
  Mon: (r) => void name(r, WEEKDAYS, 3, "weekday"),
  Monday: (r) => void name(r, WEEKDAYS, undefined, "weekday"),
  "1": month(false),
  "01": month(true),
  "2": day(false),
  "02": day(true),
  _2: (r) => {
    if (r.rest.startsWith(" ")) r.rest = r.rest.slice(1);
    day(false)(r);
  },
  __2: (r) => yearDay(r, false),
  "002": (r) => yearDay(r, true),
  "15": hour(false, 23),
  "3": hour(false, 12),
  "03": hour(true, 12),
  "4": minute(false),
  "04": minute(true),
  "5": second(false),
  "05": second(true),
  PM: (r) => meridian(r, "PM", "AM"),
  pm: (r) => meridian(r, "pm", "am"),
  MST: readAbbreviation,
};

export function readElement(reading: Reading, element: string): void {
  const reader = READERS[element];
  if (reader !== undefined) reader(reading);
  else if (element.startsWith("Z") || element.startsWith("-")) readOffset(reading, element);
  else readFraction(reading, element);
}

const OFFSET_SHAPES: Readonly<Record<string, RegExp>> = {
  "07": /^([+-])(\d\d)/,
  "0700": /^([+-])(\d\d)(\d\d)/,
  "07:00": /^([+-])(\d\d):(\d\d)/,
  "070000": /^([+-])(\d\d)(\d\d)(\d\d)/,
  "07:00:00": /^([+-])(\d\d):(\d\d):(\d\d)/,
};

function readOffset(reading: Reading, element: string): void {
  if (element.startsWith("Z") && reading.rest.startsWith("Z")) {
    reading.rest = reading.rest.slice(1);
    reading.fields.offset = 0;
    return;
  }
  const match = OFFSET_SHAPES[element.slice(1)]?.exec(reading.rest);
  if (match === null || match === undefined) throw failed("time zone offset");
  // Go lets 24 hours and 60 minutes pass, as some people write them.
  const hours = ranged(Number(match[2]), 0, 24, "time zone offset hour");
  const minutes = ranged(Number(match[3] ?? 0), 0, 60, "time zone offset minute");
  const seconds = ranged(Number(match[4] ?? 0), 0, 60, "time zone offset second");
  reading.fields.offset = (match[1] === "-" ? -1 : 1) * (hours * 3600 + minutes * 60 + seconds);
  reading.rest = reading.rest.slice(match[0].length);
}

function readFraction(reading: Reading, element: string): void {
  const optional = element[1] === "9";
  if (optional && !/^[.,]\d/.test(reading.rest)) return;
  const length = optional ? 1 + digitsAt(reading.rest, 1) : element.length;
  if (reading.rest.length < length) throw failed("fraction of a second");
  reading.fields.nanoseconds = readNanoseconds(reading.rest, length);
  reading.rest = reading.rest.slice(length);
}

/** The first `length` characters are a point and digits; digits beyond the ninth are dropped. */
export function readNanoseconds(text: string, length: number): number {
  const fraction = text.slice(0, Math.min(length, 10));
  if (!/^[.,]\d+$/.test(fraction)) throw failed("fraction of a second");
  return Number(fraction.slice(1).padEnd(9, "0"));
}

const SIGNED_HOURS = /^[+-](\d+)/;
const ABBREVIATION = /^(?:ChST|MeST|[A-Z]{4}T(?![A-Z])|(?:[A-Z]{3}T|WITA)(?![A-Z])|[A-Z]{3}(?![A-Z]))/;

/** An abbreviation is checked for its shape only; its offset is unknown, so the clock reading counts as UTC. */
function readAbbreviation(reading: Reading): void {
  const { rest } = reading;
  const signed = (text: string): number => {
    const match = SIGNED_HOURS.exec(text);
    return match !== null && Number(match[1]) <= 23 ? match[0].length : 0;
  };
  let length = 0;
  if (rest.startsWith("UTC")) length = 3;
  else if (rest.startsWith("GMT")) length = 3 + signed(rest.slice(3));
  else length = /^[+-]/.test(rest) ? signed(rest) : (ABBREVIATION.exec(rest)?.[0].length ?? 0);
  if (length === 0) throw failed("time zone");
  reading.rest = rest.slice(length);
}
