import { RegoNumber, makeNumber } from "../value.ts";
import { decimalOf } from "../value/number.ts";
import { bigFloat, multiply, truncate } from "./go/big-float.ts";
import { chargeText, stringAt } from "./operands.ts";
import type { Builtin, BuiltinContext } from "./types.ts";
import { BuiltinError } from "./types.ts";

/** Amounts with SI and binary suffixes: "10Ki", "1.5e3MB". */

const LETTERS = ["k", "m", "g", "t", "p", "e"];
const DECIMAL = LETTERS.map((_, i) => 1000n ** BigInt(i + 1));
const BINARY = LETTERS.map((_, i) => 1024n ** BigInt(i + 1));

/** Case counts for the first letter only, and there only for m (milli) and M (mega). */
function resourceFactor(unit: string): bigint | undefined {
  if (unit === "") return 1n;
  const name = unit.slice(0, 1) + unit.slice(1).toLowerCase();
  const index = LETTERS.indexOf(name.slice(0, 1).toLowerCase());
  if (name.length === 1) return index < 0 || name === "m" ? undefined : DECIMAL[index];
  return name.length === 2 && name[1] === "i" ? BINARY[index] : undefined;
}

const BYTE_UNIT = /^([kmgtpe])(b|ib|i)?$/;

function byteFactor(unit: string): bigint | undefined {
  if (unit === "") return 1n;
  const match = BYTE_UNIT.exec(unit);
  if (match === null) return undefined;
  const index = LETTERS.indexOf(match[1] as string);
  return match[2]?.startsWith("i") === true ? BINARY[index] : DECIMAL[index];
}

/** Splits where the number ends; an "e" belongs to the number only before a digit or a sign. */
function splitAmount(name: string, text: string): [string, string] {
  if (text.includes(" ")) throw new BuiltinError(`${name}: spaces not allowed in resource strings`);
  let at = 0;
  while (at < text.length) {
    if (/[eE]/.test(text[at] as string)) {
      const exponent = /^[eE](?:[+-](\d*)|(\d+))/.exec(text.slice(at));
      if (exponent === null) break;
      if ((exponent[1] ?? exponent[2] ?? "").length > 6) throw new BuiltinError(`${name}: exponent too large`);
      at += exponent[0].length;
    } else if (/[\d.+-]/.test(text[at] as string)) at += 1;
    else break;
  }
  if (at === 0) throw new BuiltinError(`${name}: no amount provided`);
  return [text.slice(0, at), text.slice(at)];
}

const AMOUNT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

function amount(context: BuiltinContext, name: string, text: string): RegoNumber {
  if (!AMOUNT.test(text)) throw new BuiltinError(`${name}: could not parse amount to a number`);
  const number = new RegoNumber(text);
  context.charge(Math.abs(decimalOf(number).exponent) * 20);
  return number;
}

const parseBytes: Builtin = (context, value) => {
  const name = "units.parse_bytes";
  const text = stringAt(1, value).toLowerCase().replaceAll('"', "");
  chargeText(context, text.length * 20);
  const [digits, unit] = splitAmount(name, text);
  const factor = byteFactor(unit);
  if (factor === undefined) throw new BuiltinError(`${name}: byte unit ${unit} not recognized`);
  const product = multiply(bigFloat(amount(context, name, digits), 2_000_000), bigFloat(factor));
  return makeNumber(truncate(product).toString());
};

/** 0.001 as the double it is in Go: mantissa × 2^-62. */
const MILLI = { mantissa: 0x10624dd2f1a9fcn, shift: 62n };

const parseResource: Builtin = (context, value) => {
  const name = "units.parse";
  const text = stringAt(1, value).replaceAll('"', "");
  chargeText(context, text.length * 20);
  const [digits, unit] = splitAmount(name, text);
  const factor = unit === "m" ? MILLI.mantissa : resourceFactor(unit);
  if (factor === undefined) throw new BuiltinError(`${name}: unit ${unit} not recognized`);
  const parsed = decimalOf(amount(context, name, digits));
  const scale = 10n ** BigInt(Math.abs(parsed.exponent));
  const numerator = parsed.digits * factor * (parsed.exponent > 0 ? scale : 1n);
  const denominator = (parsed.exponent < 0 ? scale : 1n) << (unit === "m" ? MILLI.shift : 0n);
  return makeNumber(rationalText(numerator, denominator));
};

/** An integer, or ten decimal places, half away from zero. */
function rationalText(numerator: bigint, denominator: bigint): string {
  if (numerator % denominator === 0n) return (numerator / denominator).toString();
  const magnitude = numerator < 0n ? -numerator : numerator;
  const scaled = (magnitude * 10n ** 10n * 2n + denominator) / (denominator * 2n);
  const digits = scaled.toString().padStart(11, "0");
  return `${numerator < 0n ? "-" : ""}${digits.slice(0, -10)}.${digits.slice(-10)}`;
}

export const units: Readonly<Record<string, Builtin>> = {
  "units.parse": parseResource,
  "units.parse_bytes": parseBytes,
};
