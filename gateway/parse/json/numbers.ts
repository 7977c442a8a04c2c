import { refuseJson } from "./refuse-json.ts";

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
  // The next byte decides: after a point, an exponent or a digit after a zero, `anyNumber` checks the whole number.
  return (byte === 0x2c || byte === 0x5d || byte === 0x7d) && next - at <= SAFE_DIGITS ? next : at;
}

/** `ofAnySize`: also one that no double holds. @returns the offset after the number that begins at `at` */
export function anyNumber(bytes: Buffer, at: number, ofAnySize: boolean): number {
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
  // A number without an exponent and with few digits needs no further check; that is nearly every number.
  if (ofAnySize || (plain && (next - start <= SAFE_DIGITS || surelySurvives(bytes, start, next)))) return next;
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

/**
 * Whether a JSON number means the same to every reader: the double nearest to it, printed, is the same decimal.
 * Magnitudes above 2^53 - 1 are refused in any notation, since integer readers differ there (RFC 8259 §6, RFC 7493 §2.2).
 */
export function survivesRoundTrip(text: string): boolean {
  const value = Number(text);
  if (Math.abs(value) > Number.MAX_SAFE_INTEGER) return false;
  const printed = String(value);
  if (printed === text) return true;
  const sent = decimalOf(text);
  const kept = decimalOf(printed);
  return sent.digits === kept.digits && sent.exponent === kept.exponent;
}

interface Decimal {
  /** Significant digits without zeros at either end; "" is zero. */
  readonly digits: string;
  /** Power of ten of the last digit. */
  readonly exponent: number;
}

function decimalOf(text: string): Decimal {
  const mark = text.search(/e/i);
  const mantissa = (mark === -1 ? text : text.slice(0, mark)).replace("-", "");
  const power = mark === -1 ? 0 : Number(text.slice(mark + 1));
  const point = mantissa.indexOf(".");
  const fraction = point === -1 ? 0 : mantissa.length - point - 1;
  const all = mantissa.replace(".", "");
  let from = 0;
  while (all.charCodeAt(from) === 0x30) from++;
  let to = all.length;
  while (to > from && all.charCodeAt(to - 1) === 0x30) to--;
  if (from === to) return { digits: "", exponent: 0 };
  return { digits: all.slice(from, to), exponent: power - fraction + (all.length - to) };
}

/** Powers of ten that a double holds exactly. */
const powers = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
const MOST_DIGITS = 17;
/** The digits are gathered in two whole numbers that the engine keeps as 32-bit integers. */
const HEAD_DIGITS = 8;
const SLACK = 1e-6;
const SPLIT = 2 ** 27 + 1;
const LOW_BITS = 2 ** 13;

/**
 * Proves by a few multiplications that a plain decimal is the very text that its double prints as, ten times faster
 * than printing and comparing. Lists of measurements are full of numbers of 16 and 17 digits. Reads the digits and the
 * point between `start` and `end`, no sign, no exponent. False means "not proven", not "different".
 *
 * The decimal is M / 10^k with whole M. The double v nearest to it prints as the shortest decimal in the interval of
 * reals that round to v, and among those as the nearest to v (ECMAScript, Number::toString). In units of the last
 * digit: r = M - v·10^k is how far v lies off, and H is half the interval. All sums are exact or off by far less than
 * the slack (T. J. Dekker 1971; S. M. Rump 2008 for the unit in the first place).
 */
export function surelySurvives(bytes: Buffer, start: number, end: number): boolean {
  let head = 0;
  let tail = 0;
  let digits = 0;
  let point = -1;
  for (let at = start; at < end; at++) {
    const digit = (bytes[at] as number) - 0x30;
    if (digit < 0) point = at;
    else if (digits >= HEAD_DIGITS) {
      if (++digits > MOST_DIGITS) return false;
      tail = tail * 10 + digit;
    } else if (digits > 0 || digit > 0) {
      digits++;
      head = head * 10 + digit;
    }
  }
  const decimals = point === -1 ? 0 : end - point - 1;
  if (digits <= HEAD_DIGITS || decimals >= powers.length) return false;
  return printsItself(head, tail, powers[digits - HEAD_DIGITS] as number, powers[decimals] as number);
}

/** M is head·scale + tail; `power` is 10^k. */
function printsItself(head: number, tail: number, scale: number, power: number): boolean {
  const low = head % LOW_BITS;
  const upper = (head - low) * scale;
  const lower = low * scale + tail;
  const whole = upper + lower;
  const rest = lower - (whole - upper);
  let value = whole / power;
  value += distance(whole, rest, value, power) / power;
  const r = distance(whole, rest, value, power);
  const first = unitInFirstPlace(value);
  const h = first * 2 ** -53 * power;
  // Below a power of two the interval is not symmetric; and the double must be the nearest one.
  if (value === first || value > Number.MAX_SAFE_INTEGER || Math.abs(r) >= h * (1 - SLACK)) return false;
  const wide = h * (1 + SLACK);
  if (1 - Math.abs(r) > wide) return true;
  const last = tail % 10;
  return Math.abs(r) < 0.5 - SLACK && last - r > wide && 10 - last + r > wide;
}

/** whole + rest - value·power, with the product's rounding error accounted for. */
function distance(whole: number, rest: number, value: number, power: number): number {
  const product = value * power;
  const valueHigh = highHalf(value);
  const powerHigh = highHalf(power);
  const valueLow = value - valueHigh;
  const powerLow = power - powerHigh;
  const error = valueLow * powerLow - (product - valueHigh * powerHigh - valueLow * powerHigh - valueHigh * powerLow);
  return whole - product - error + rest;
}

function highHalf(value: number): number {
  const spread = SPLIT * value;
  return spread - (spread - value);
}

function unitInFirstPlace(value: number): number {
  const spread = (2 ** 52 + 1) * value;
  return Math.abs(spread - (1 - 2 ** -53) * spread);
}

/** A plain decimal that is nearer to 0 is printed with an exponent. */
const mostZeros = 5;

/** Whether JSON.stringify of the number that `anyNumber` has read gives the very bytes again. False means "not proven". */
export function printsAsWritten(bytes: Buffer, at: number, end: number): boolean {
  const start = bytes[at] === 0x2d ? at + 1 : at;
  let point = -1;
  for (let next = start; next < end; next++) {
    const byte = bytes[next] as number;
    if (byte === 0x2e) point = next;
    else if (byte > 0x39) return false;
  }
  if (point === -1) {
    if (start !== at && bytes[start] === 0x30) return false;
  } else if (bytes[end - 1] === 0x30 || (bytes[start] === 0x30 && zerosFrom(bytes, point + 1) > mostZeros))
    return false;
  return end - start <= SAFE_DIGITS || surelySurvives(bytes, start, end);
}

function zerosFrom(bytes: Buffer, start: number): number {
  let next = start;
  while (bytes[next] === 0x30) next++;
  return next - start;
}
