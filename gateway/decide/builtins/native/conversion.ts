import type { NumberValue } from "../../value.ts";
import { ValueSyntaxError, integerOf, isNumber, makeNumber, numberText, parseValue, stringOf } from "../../value.ts";
import { decimalOf } from "../../value/number.ts";
import { decodeBase64, decodeBase64Url } from "../go/base64.ts";
import { bigFloat, toNumber, truncate } from "../go/big-float.ts";
import { bigIntAt, chargeText, numberAt, stringAt, wrongType } from "../operands.ts";
import { rangeOf } from "../numbers.ts";
import type { Builtin } from "../types.ts";
import { BuiltinError } from "../types.ts";

/** @throws BuiltinError for anything RFC 8259 does not allow, which the native reader lets pass in places */
export const jsonUnmarshal: Builtin = (context, value) => {
  const text = stringAt(1, value);
  chargeText(context, text.length * 4);
  try {
    const parsed = parseValue(text, true);
    if (HUGE_EXPONENT.test(text)) refuseHugeNumbers(text);
    return parsed;
  } catch (error) {
    if (error instanceof ValueSyntaxError) throw new BuiltinError(error.message);
    throw error;
  }
};

const HUGE_EXPONENT = /\d[eE][+-]?\d{5}/;
/** 2^100000, beyond which OPA takes no number, has this many digits. */
const MOST_DIGITS = 30_103;

function refuseHugeNumbers(text: string): void {
  JSON.parse(text, (_, value: unknown, context?: { source?: string }) => {
    if (typeof value !== "number" || context?.source === undefined) return value;
    const { digits, exponent } = decimalOf(makeNumber(context.source));
    const magnitude = digits.toString().replace("-", "").length + exponent;
    if (digits !== 0n && Math.abs(magnitude) > MOST_DIGITS) throw new BuiltinError("invalid number: number too big");
    return value;
  });
}

export const jsonIsValid: Builtin = (context, value) => {
  if (typeof value !== "string") return false;
  chargeText(context, value.length * 2);
  try {
    JSON.parse(value);
    return true;
  } catch {
    return false;
  }
};

export const base64Decode: Builtin = (context, value) => {
  const text = stringAt(1, value);
  chargeText(context, text.length);
  return stringOf(decodeBase64(text));
};

export const base64UrlDecode: Builtin = (context, value) => {
  const text = stringAt(1, value);
  chargeText(context, text.length);
  return stringOf(decodeBase64Url(text));
};

export const base64IsValid: Builtin = (context, value) => {
  if (typeof value !== "string") return false;
  chargeText(context, value.length);
  try {
    decodeBase64(value);
    return true;
  } catch (error) {
    if (error instanceof BuiltinError) return false;
    throw error;
  }
};

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?([eE][+-]?\d+)?$/;
/** What Go's ParseFloat also takes: hexadecimal with a binary exponent. */
const HEXADECIMAL = /^([+-]?)0[xX]([\da-fA-F]*)(?:\.([\da-fA-F]*))?[pP]([+-]?\d{1,5})$/;

/** The same number in JSON's grammar, which knows no "+1", ".5", "5." or "007". */
function decimalNumber(text: string): NumberValue | undefined {
  const [, sign = "", whole = "", fraction = "", exponent = ""] = DECIMAL.exec(text) ?? [];
  if (whole === "" && fraction === "") return undefined;
  const digits = whole.replace(/^0+(?=\d)/, "") || "0";
  return makeNumber(`${sign === "-" ? "-" : ""}${digits}${fraction === "" ? "" : `.${fraction}`}${exponent}`);
}

function hexadecimalNumber(text: string): NumberValue | undefined {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = HEXADECIMAL.exec(text) ?? [];
  if (whole === "" && fraction === "") return undefined;
  const mantissa = BigInt(`0x${whole}${fraction}`);
  return toNumber({ negative: sign === "-", mantissa, exponent: Number(exponent) - fraction.length * 4 });
}

export const toNumberOf: Builtin = (context, value) => {
  context.charge(20);
  if (value === null || value === false) return 0;
  if (value === true) return 1;
  if (isNumber(value)) return value;
  if (typeof value !== "string") throw wrongType(1, value, "null", "boolean", "number", "string");
  chargeText(context, value.length * 2);
  // Underscores between digits, as in Go's literals.
  const plain = value.replace(/(?<=[\da-fA-F])_(?=[\da-fA-F])/g, "");
  const number = decimalNumber(plain) ?? hexadecimalNumber(plain);
  if (number === undefined) throw new BuiltinError("invalid syntax");
  if (!Number.isFinite(Number(numberText(number)))) throw new BuiltinError("value out of range");
  return number;
};

const RADIXES: Readonly<Record<string, number>> = { "2": 2, "8": 8, "10": 10, "16": 16 };

export const formatInt: Builtin = (context, value, base) => {
  const number = numberAt(1, value);
  const radix = RADIXES[numberText(numberAt(2, base))];
  if (radix === undefined) throw new BuiltinError("operand 2 must be one of {2, 8, 10, 16}");
  const text = numberText(number);
  chargeText(context, text.length * 20);
  const integer = /^[+-]?\d+$/.test(text) ? integerOf(number) : truncate(bigFloat(number));
  return (integer ?? 0n).toString(radix);
};

export const numbersRange: Builtin = (context, from, to) => rangeOf(context, bigIntAt(1, from), bigIntAt(2, to), 1n);
