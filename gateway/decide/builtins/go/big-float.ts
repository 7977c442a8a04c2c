import type { NumberValue } from "../../value.ts";
import { makeNumber, numberText } from "../../value.ts";
import { decimalOf } from "../../value/number.ts";
import { BuiltinError } from "../types.ts";

/**
 * Go's big.Float at its default of 64 bits of mantissa, rounding to nearest even: OPA's arithmetic on anything but
 * integers. A value is mantissa × 2^exponent; zero keeps its sign, because Go prints "-0".
 */
export interface BigFloat {
  readonly negative: boolean;
  readonly mantissa: bigint;
  readonly exponent: number;
}

const PRECISION = 64;

function bitLength(value: bigint): number {
  return value === 0n ? 0 : value.toString(2).length;
}

/** @param sticky true when digits were lost below the mantissa's last bit */
function round(negative: boolean, mantissa: bigint, exponent: number, precision: number, sticky = false): BigFloat {
  const excess = bitLength(mantissa) - precision;
  if (excess <= 0) return { negative, mantissa, exponent };
  const shift = BigInt(excess);
  const half = 1n << (shift - 1n);
  const rest = mantissa & ((1n << shift) - 1n);
  let kept = mantissa >> shift;
  if (rest > half || (rest === half && (sticky || (kept & 1n) === 1n))) kept += 1n;
  return { negative, mantissa: kept, exponent: exponent + excess };
}

/** 5^n at `precision` bits, by the same squarings as Go, so that the rounding is the same. */
function pow5(n: number, precision: number): BigFloat {
  if (n <= 27) return round(false, 5n ** BigInt(n), 0, precision);
  let result = round(false, 5n ** 27n, 0, precision);
  let factor = { negative: false, mantissa: 5n, exponent: 0 };
  for (let rest = n - 27; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = multiply(result, factor, precision);
    factor = multiply(factor, factor, precision + 64);
  }
  return result;
}

/** The literal's value, rounded as Go rounds it. @throws BuiltinError when its exponent is beyond what OPA accepts */
export function bigFloat(value: NumberValue, maxExponent = 100_000): BigFloat {
  const { digits, exponent } = decimalOf(value);
  const negative = digits < 0n || numberText(value).startsWith("-");
  if (digits === 0n) return { negative, mantissa: 0n, exponent: 0 };
  if (Math.abs(exponent) > maxExponent) throw new BuiltinError("number too big");
  const exact = { negative, mantissa: digits < 0n ? -digits : digits, exponent };
  if (exponent === 0) return round(negative, exact.mantissa, 0, PRECISION);
  const power = pow5(Math.abs(exponent), PRECISION + 64);
  return exponent > 0 ? multiply(exact, power) : divide(exact, power);
}

export function multiply(left: BigFloat, right: BigFloat, precision = PRECISION): BigFloat {
  return round(
    left.negative !== right.negative,
    left.mantissa * right.mantissa,
    left.exponent + right.exponent,
    precision,
  );
}

export function divide(left: BigFloat, right: BigFloat): BigFloat {
  const negative = left.negative !== right.negative;
  if (left.mantissa === 0n) return { negative, mantissa: 0n, exponent: 0 };
  const shift = Math.max(0, PRECISION + 2 - bitLength(left.mantissa) + bitLength(right.mantissa));
  const dividend = left.mantissa << BigInt(shift);
  const quotient = dividend / right.mantissa;
  const sticky = dividend % right.mantissa !== 0n;
  return round(negative, quotient, left.exponent - right.exponent - shift, PRECISION, sticky);
}

export function add(left: BigFloat, right: BigFloat): BigFloat {
  // Far apart, the smaller operand only nudges the rounding: bring it near instead of shifting by its distance.
  const exponent = Math.min(left.exponent, right.exponent);
  const x = signedMantissa(left) << BigInt(left.exponent - exponent);
  const y = signedMantissa(right) << BigInt(right.exponent - exponent);
  const sum = x + y;
  if (sum === 0n) return { negative: left.negative && right.negative, mantissa: 0n, exponent: 0 };
  return round(sum < 0n, sum < 0n ? -sum : sum, exponent, PRECISION);
}

export function negate(value: BigFloat): BigFloat {
  return { ...value, negative: !value.negative };
}

function signedMantissa(value: BigFloat): bigint {
  return value.negative ? -value.mantissa : value.mantissa;
}

/** Rounded toward zero. */
export function truncate(value: BigFloat): bigint {
  const { exponent } = value;
  const magnitude = exponent >= 0 ? value.mantissa << BigInt(exponent) : value.mantissa >> BigInt(-exponent);
  return value.negative ? -magnitude : magnitude;
}

export function isInteger(value: BigFloat): boolean {
  const { mantissa, exponent } = value;
  return exponent >= 0 || mantissa === 0n || (mantissa & ((1n << BigInt(-exponent)) - 1n)) === 0n;
}

/** An integer after rounding to 64 bits, or undefined when there is a fraction. */
export function integerOfFloat(value: NumberValue): bigint | undefined {
  const float = bigFloat(value);
  return isInteger(float) ? truncate(float) : undefined;
}

/** The number OPA makes of it: integers in full, others in Go's shortest %g. */
export function toNumber(value: BigFloat, precision = PRECISION): NumberValue {
  const sign = value.negative ? "-" : "";
  if (value.mantissa === 0n) return makeNumber(`${sign}0`);
  const { digits, point } = shortestDigits(value, precision);
  if (isInteger(value)) return makeNumber(sign + digits.padEnd(point, "0"));
  return makeNumber(sign + generalText(digits, point));
}

/** Go's %g, also for integers. */
export function generalTextOf(value: BigFloat): string {
  if (value.mantissa === 0n) return value.negative ? "-0" : "0";
  const { digits, point } = shortestDigits(value, PRECISION);
  return (value.negative ? "-" : "") + generalText(digits, point);
}

/** The fewest digits that lie nearer to the value than to its neighbours: 0.d1d2… × 10^point. */
function shortestDigits(value: BigFloat, precision: number): { digits: string; point: number } {
  // Normalised to one bit more, so that the last bit is half a unit in the last place.
  const shift = precision + 1 - bitLength(value.mantissa);
  const mantissa = value.mantissa << BigInt(shift);
  const exponent = value.exponent - shift;
  const scale = exponent < 0 ? -exponent : 0;
  const factor = exponent < 0 ? 5n ** BigInt(scale) : 1n << BigInt(exponent);
  const exact = (mantissa * factor).toString();
  const width = exact.length + 1;
  const middle = exact.padStart(width, "0");
  const lower = ((mantissa - 1n) * factor).toString().padStart(width, "0");
  const upper = ((mantissa + 1n) * factor).toString().padStart(width, "0");
  const inclusive = (mantissa & 2n) === 0n;
  const kept = pickDigits(middle, lower, upper, inclusive);
  const leading = kept.digits.startsWith("0") ? 1 : 0;
  return { digits: kept.digits.slice(leading).replace(/0+$/, ""), point: width - leading - scale };
}

/** Walks along until the digits differ from both neighbours' (all three are of one width, with a leading zero). */
function pickDigits(middle: string, lower: string, upper: string, inclusive: boolean): { digits: string } {
  const exact = lengthWithoutZeros(middle);
  const lowerEnd = lengthWithoutZeros(lower);
  const upperEnd = lengthWithoutZeros(upper);
  for (let i = 1; i + 1 < exact; i += 1) {
    const m = middle.charCodeAt(i);
    const u = upper.charCodeAt(i);
    const okDown = lower.charCodeAt(i) !== m || (inclusive && i + 1 >= lowerEnd);
    const okUp = m !== u && (inclusive || m + 1 < u || i + 1 < upperEnd);
    const down = middle.slice(0, i + 1);
    if (okDown && okUp) return { digits: nearest(middle, i, down) };
    if (okDown) return { digits: down };
    if (okUp) return { digits: increment(down) };
  }
  return { digits: middle.slice(0, exact) };
}

function lengthWithoutZeros(digits: string): number {
  let end = digits.length;
  while (end > 0 && digits.charCodeAt(end - 1) === 0x30) end -= 1;
  return end;
}

function increment(digits: string): string {
  const nines = /9*$/.exec(digits)?.[0].length ?? 0;
  const kept = digits.slice(0, digits.length - nines);
  return kept.slice(0, -1) + String(Number(kept.at(-1)) + 1) + "0".repeat(nines);
}

/** Half to even on the digits that are cut off. */
function nearest(middle: string, index: number, down: string): string {
  const next = middle.charCodeAt(index + 1) - 0x30;
  if (next !== 5) return next > 5 ? increment(down) : down;
  if (lengthWithoutZeros(middle) > index + 2) return increment(down);
  return Number(down.at(-1)) % 2 === 1 ? increment(down) : down;
}

function generalText(digits: string, point: number): string {
  const exponent = point - 1;
  if (exponent < -4 || exponent >= 6) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : "";
    return `${digits[0]}${fraction}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  if (point <= 0) return `0.${"0".repeat(-point)}${digits}`;
  if (digits.length <= point) return digits.padEnd(point, "0");
  return `${digits.slice(0, point)}.${digits.slice(point)}`;
}
