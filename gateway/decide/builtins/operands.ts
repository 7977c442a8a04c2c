import type { NumberValue, Value } from "../value.ts";
import { RegoObject, RegoSet, integerOf, isNumber, numberText } from "../value.ts";
import type { BuiltinContext } from "./types.ts";
import { BuiltinError } from "./types.ts";

/** Operand checks with OPA's messages. `position` counts from one. */

export function typeName(value: Value | undefined): string {
  if (value === null || value === undefined) return "null";
  if (typeof value === "boolean" || typeof value === "string") return typeof value;
  if (isNumber(value)) return "number";
  return value instanceof RegoObject ? "object" : value instanceof RegoSet ? "set" : "array";
}

export function wrongType(position: number, got: Value | undefined, ...expected: readonly string[]): BuiltinError {
  const wanted = expected.length === 1 ? `${expected[0]}` : `one of {${expected.join(", ")}}`;
  return new BuiltinError(`operand ${position} must be ${wanted} but got ${typeName(got)}`);
}

export function stringAt(position: number, value: Value | undefined): string {
  if (typeof value !== "string") throw wrongType(position, value, "string");
  return value;
}

export function booleanAt(position: number, value: Value | undefined): boolean {
  if (typeof value !== "boolean") throw wrongType(position, value, "boolean");
  return value;
}

export function objectAt(position: number, value: Value | undefined): RegoObject {
  if (!(value instanceof RegoObject)) throw wrongType(position, value, "object");
  return value;
}

export function arrayAt(position: number, value: Value | undefined): readonly Value[] {
  if (!isArray(value)) throw wrongType(position, value, "array");
  return value;
}

export function numberAt(position: number, value: Value | undefined): NumberValue {
  if (!isNumber(value)) throw wrongType(position, value, "number");
  return value;
}

export function isArray(value: unknown): value is readonly Value[] {
  return Array.isArray(value);
}

/** Members of an array or set, in OPA's order. */
function membersAt(position: number, value: Value | undefined): readonly Value[] {
  if (isArray(value)) return value;
  if (value instanceof RegoSet) return value.values();
  throw wrongType(position, value, "array", "set");
}

export function stringsAt(position: number, value: Value | undefined): readonly string[] {
  return membersAt(position, value).map((item) => {
    if (typeof item === "string") return item;
    const kind = typeName(value);
    throw new BuiltinError(
      `operand ${position} must be ${kind} of strings but got ${kind} containing ${typeName(item)}`,
    );
  });
}

const INT64 = 1n << 63n;
const INT_TEXT = /^([+-]?)(\d+)(\.0*)?$/;

/** OPA's notion of an int: digits and perhaps ".0", at most 19 characters, within 64 bits; 1e3 does not count. */
export function parseInt64(text: string): bigint | undefined {
  const [, sign = "", digits = "", fraction = ""] = INT_TEXT.exec(text) ?? [];
  if (digits === "" || digits.length + fraction.length > 19) return undefined;
  const integer = BigInt(sign + digits);
  return integer < INT64 && integer >= -INT64 ? integer : undefined;
}

export function int64At(position: number, value: Value | undefined): bigint {
  const integer = parseInt64(numberText(numberAt(position, value)));
  if (integer === undefined) {
    throw new BuiltinError(`operand ${position} must be integer number but got floating-point number`);
  }
  return integer;
}

/** As int64At, as a double: exact up to 2^53, enough for any offset or count. */
export function intAt(position: number, value: Value | undefined): number {
  return typeof value === "number" && Number.isSafeInteger(value) ? value : Number(int64At(position, value));
}

/** An integer of any size; 1.0 and 1e3 count. */
export function bigIntAt(position: number, value: Value | undefined): bigint {
  if (!isNumber(value)) throw wrongType(position, value, "integer");
  const integer = integerOf(value);
  if (integer === undefined) {
    throw new BuiltinError(`operand ${position} must be integer number but got floating-point number`);
  }
  return integer;
}

/** Fuel for reading or writing text: about a unit for four characters. */
export function chargeText(context: BuiltinContext, ...lengths: readonly number[]): void {
  let units = 1;
  for (const length of lengths) units += length >>> 2;
  context.charge(units);
}

const ASCII = /^[\x00-\x7f]*$/;

export function isAscii(text: string): boolean {
  return ASCII.test(text);
}

/** Code points, which is how OPA counts characters. */
export function runesOf(text: string): readonly string[] {
  return isAscii(text) ? text.split("") : Array.from(text);
}
