import { survivesRoundTrip } from "./check-number.ts";
import { refuseJson } from "./refuse-json.ts";
import { surelySurvives } from "./sure-decimal.ts";

/** Decimal numbers of up to this many digits always survive a double (DBL_DIG). */
const SAFE_DIGITS = 15;

/**
 * Most numbers are short whole ones, without a sign.
 * @returns the offset after the one that begins at `at`, or `at` when this is not one of them, or not a number at all
 */
export function shortInteger(bytes: Buffer, at: number): number {
  let next = at;
  let byte = bytes[next] as number;
  if (byte === 0x30) byte = bytes[++next] as number;
  else while (byte >= 0x30 && byte <= 0x39) byte = bytes[++next] as number;
  // What ends it decides: a point, an exponent or a digit after a zero is for the thorough look.
  return (byte === 0x2c || byte === 0x5d || byte === 0x7d) && next - at <= SAFE_DIGITS ? next : at;
}

/** @returns the offset after the number that begins at `at` */
export function anyNumber(bytes: Buffer, at: number): number {
  const start = bytes[at] === 0x2d ? at + 1 : at;
  let next = scanDigits(bytes, start);
  if (next === start) refuseJson("json_invalid", bytes, at, "an unexpected character");
  if (bytes[start] === 0x30 && next > start + 1) refuseJson("json_invalid", bytes, at, "a number with a leading zero");
  let plain = true;
  if (bytes[next] === 0x2e) next = scanSomeDigits(bytes, next + 1);
  if (bytes[next] === 0x65 || bytes[next] === 0x45) {
    plain = false;
    const sign = bytes[next + 1];
    next = scanSomeDigits(bytes, sign === 0x2b || sign === 0x2d ? next + 2 : next + 1);
  }
  // A number without an exponent and few enough digits needs no second look; that is nearly every number there is.
  if (plain && (next - start <= SAFE_DIGITS || surelySurvives(bytes, start, next))) return next;
  if (!survivesRoundTrip(bytes.toString("latin1", at, next))) refuseJson("json_number_refused", bytes, at, "a number");
  return next;
}

function scanSomeDigits(bytes: Buffer, start: number): number {
  const next = scanDigits(bytes, start);
  if (next === start) refuseJson("json_invalid", bytes, start, "a digit is missing");
  return next;
}

function scanDigits(bytes: Buffer, start: number): number {
  const length = bytes.length;
  let next = start;
  while (next < length && (bytes[next] as number) >= 0x30 && (bytes[next] as number) <= 0x39) next++;
  return next;
}
