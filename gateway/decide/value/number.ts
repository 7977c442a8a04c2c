/**
 * Numbers as OPA keeps them: the text of the literal. The common ones are plain JavaScript numbers; an integer that a
 * double cannot hold is a bigint; any other text that would not survive a double ("1.0", "1e3", thirty digits) is a
 * RegoNumber. One text has exactly one representation, so callers may compare with `===` after normalForm.
 */
export type NumberValue = number | bigint | RegoNumber;

/** A number literal that is neither a double's own shortest text nor a plain integer. */
export class RegoNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A finite decimal: digits × 10^exponent. */
export interface Decimal {
  readonly digits: bigint;
  readonly exponent: number;
}

/** Converting digits takes more than linear time, so numbers longer than this stay text until they are used in arithmetic. */
const MAX_BIGINT_DIGITS = 1_000;
const INTEGER = /^-?(?:0|[1-9]\d*)$/;
const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

/** The value of a number literal, in the one representation that keeps its text. */
export function makeNumber(text: string): NumberValue {
  const double = Number(text);
  if (String(double) === text) return double;
  if (text.length <= MAX_BIGINT_DIGITS && text !== "-0" && INTEGER.test(text)) return BigInt(text);
  return new RegoNumber(text);
}

export function isNumber(value: unknown): value is NumberValue {
  return typeof value === "number" || typeof value === "bigint" || value instanceof RegoNumber;
}

/** The literal as OPA would print it. */
export function numberText(value: NumberValue): string {
  return value instanceof RegoNumber ? value.text : String(value);
}

/** Exact decimal value of any number. */
export function decimalOf(value: NumberValue): Decimal {
  if (typeof value === "bigint") return { digits: value, exponent: 0 };
  if (typeof value === "number" && Number.isSafeInteger(value)) return { digits: BigInt(value), exponent: 0 };
  const match = DECIMAL.exec(numberText(value));
  if (match === null) throw new TypeError("not a number literal");
  const fraction = match[3] ?? "";
  const digits = BigInt(`${match[2] ?? ""}${fraction}` || "0");
  return { digits: match[1] === "-" ? -digits : digits, exponent: Number(match[4] ?? "0") - fraction.length };
}

/** An exact integer, or undefined when the number has a fraction or would need more than `maxDigits` digits. */
export function integerOf(value: NumberValue, maxDigits = 100_000): bigint | undefined {
  if (typeof value === "bigint") return value;
  if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
  const { digits, exponent } = decimalOf(value);
  if (digits === 0n) return 0n;
  if (exponent >= 0) return exponent > maxDigits ? undefined : digits * 10n ** BigInt(exponent);
  if (-exponent > digits.toString().length) return undefined;
  const divisor = 10n ** BigInt(-exponent);
  return digits % divisor === 0n ? digits / divisor : undefined;
}

/** Equal numbers, equal result; usable as a Map key. "\0" keeps it apart from ordinary strings. */
export function normalForm(value: NumberValue): number | string {
  if (typeof value === "number" && Number.isSafeInteger(value)) return value;
  const match = DECIMAL.exec(numberText(value));
  if (match === null) throw new TypeError("not a number literal");
  const fraction = match[3] ?? "";
  const digits = (match[2] ?? "") + fraction;
  let [start, end] = [0, digits.length];
  while (start < end && digits[start] === "0") start += 1;
  while (end > start && digits[end - 1] === "0") end -= 1;
  if (start === end) return 0;
  const text = (match[1] === "-" ? "-" : "") + digits.slice(start, end);
  const exponent = Number(match[4] ?? "0") - fraction.length + digits.length - end;
  if (exponent >= 0 && text.length + exponent <= 15) return Number(text) * 10 ** exponent;
  return `\0n${text}e${exponent}`;
}

export function compareNumbers(left: NumberValue, right: NumberValue): number {
  if (typeof left === "number" && typeof right === "number") return left < right ? -1 : left > right ? 1 : 0;
  const a = decimalOf(left);
  const b = decimalOf(right);
  const signA = sign(a.digits);
  const signB = sign(b.digits);
  if (signA !== signB) return signA < signB ? -1 : 1;
  if (signA === 0) return 0;
  // The magnitude decides first, so that 1e999999999 is never written out.
  const magnitude = digitCount(a.digits) + a.exponent - (digitCount(b.digits) + b.exponent);
  if (magnitude !== 0) return magnitude > 0 ? signA : -signA;
  const exponent = Math.min(a.exponent, b.exponent);
  const x = a.digits * 10n ** BigInt(a.exponent - exponent);
  const y = b.digits * 10n ** BigInt(b.exponent - exponent);
  return x < y ? -1 : x > y ? 1 : 0;
}

function sign(digits: bigint): number {
  return digits > 0n ? 1 : digits < 0n ? -1 : 0;
}

function digitCount(digits: bigint): number {
  return (digits < 0n ? -digits : digits).toString().length;
}
