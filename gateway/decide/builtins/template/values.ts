import type { NumberValue } from "../../value.ts";
import { RegoNumber, RegoObject, compareStrings, numberText } from "../../value.ts";
import { formatFloat } from "../go/float-text.ts";
import { queryEscape } from "../encoding.ts";
import { goSprintf } from "../go/sprintf.ts";
import type { FormatArgument } from "../go/format-spec.ts";
import { Int, failed } from "./syntax.ts";

/** A number of the data. Go sees its text (json.Number), so that "1" equals it and 1 does not. */
class DataNumber {
  readonly text: string;

  constructor(value: NumberValue) {
    this.text = numberText(value);
  }
}

/** `undefined` is a member that is not there. */
export type Datum = undefined | null | boolean | string | number | Int | DataNumber | readonly Datum[] | RegoObject;

export function isTrue(value: Datum): boolean {
  if (value === undefined || value === null) return false;
  if (value instanceof Int) return value.value !== 0n;
  if (value instanceof RegoObject) return value.size > 0;
  if (Array.isArray(value)) return value.length > 0;
  return value instanceof DataNumber || Boolean(value);
}

/** As {{.}} prints it. */
export function show(value: Datum): string {
  return value === undefined || value === null ? "<no value>" : showInner(value);
}

function showInner(value: Datum): string {
  if (value === undefined || value === null) return "<nil>";
  if (value instanceof Int) return value.value.toString();
  if (value instanceof DataNumber) return value.text;
  if (typeof value === "number") return formatFloat(value, "g", -1);
  if (value instanceof RegoObject) {
    return `map[${value
      .entries()
      .map(([key, item]) => `${String(key)}:${showInner(toDatum(item))}`)
      .join(" ")}]`;
  }
  return Array.isArray(value) ? `[${(value as readonly Datum[]).map(showInner).join(" ")}]` : String(value);
}

/** A member of the data as templates see it. */
export function toDatum(value: unknown): Datum {
  if (typeof value === "number" || typeof value === "bigint" || value instanceof RegoNumber)
    return new DataNumber(value);
  if (Array.isArray(value)) return value.map(toDatum);
  return value as Datum;
}

function textOf(value: Datum): string | undefined {
  return value instanceof DataNumber ? value.text : typeof value === "string" ? value : undefined;
}

function order(left: Datum, right: Datum): number {
  const [a, b] = [textOf(left), textOf(right)];
  if (a !== undefined && b !== undefined) return compareStrings(a, b);
  if (left instanceof Int && right instanceof Int)
    return left.value < right.value ? -1 : left.value > right.value ? 1 : 0;
  if (typeof left === "number" && typeof right === "number") return Math.sign(left - right);
  throw failed("incompatible types for comparison");
}

function equals(left: Datum, right: Datum): boolean {
  if (typeof left === "boolean" && typeof right === "boolean") return left === right;
  if (left === null || left === undefined || right === null || right === undefined) {
    return (left ?? null) === (right ?? null);
  }
  return order(left, right) === 0;
}

function sizeOf(value: Datum): Int {
  const text = textOf(value);
  if (text !== undefined) return new Int(BigInt(Buffer.byteLength(text)));
  if (value instanceof RegoObject) return new Int(BigInt(value.size));
  if (Array.isArray(value)) return new Int(BigInt(value.length));
  throw failed("len of a value that has none");
}

function indexOf(value: Datum, key: Datum): Datum {
  if (value instanceof RegoObject) {
    const name = textOf(key);
    if (name === undefined) throw failed("map index of the wrong type");
    return toDatum(value.get(name));
  }
  if (!Array.isArray(value) || !(key instanceof Int)) throw failed("cannot index this value");
  if (key.value < 0n || key.value >= BigInt(value.length)) throw failed("index out of range");
  return (value as readonly Datum[])[Number(key.value)];
}

function slice(value: Datum, ...bounds: readonly Datum[]): Datum {
  const text = textOf(value);
  const whole = text === undefined ? value : Buffer.from(text);
  if (!Array.isArray(whole) && !Buffer.isBuffer(whole)) throw failed("cannot slice this value");
  const [from = 0, to = whole.length] = bounds.map((bound) => {
    if (bound instanceof Int && bound.value >= 0n && bound.value <= BigInt(whole.length)) return Number(bound.value);
    throw failed("slice index out of range");
  });
  if (from > to) throw failed("slice index out of range");
  return Buffer.isBuffer(whole) ? whole.subarray(from, to).toString() : (whole as readonly Datum[]).slice(from, to);
}

function sprint(values: readonly Datum[], always: string): string {
  return values
    .map((value, i) => {
      const before = values[i - 1];
      const gap = i > 0 && (always !== "" || (textOf(value) === undefined && textOf(before) === undefined)) ? " " : "";
      return gap + showInner(value);
    })
    .join("");
}

function formatArgumentOf(value: Datum): FormatArgument {
  if (value instanceof Int) return { type: "int", value: value.value };
  if (value instanceof DataNumber) return { type: "json.Number", value: value.text };
  if (typeof value === "number") return { type: "float64", value };
  if (typeof value === "boolean") return { type: "bool", value };
  return { type: "string", value: typeof value === "string" ? value : showInner(value) };
}

const HTML: Readonly<Record<string, string>> = {
  "<": "&lt;",
  ">": "&gt;",
  "&": "&amp;",
  '"': "&#34;",
  "'": "&#39;",
  "\0": "\ufffd",
};
const SCRIPT: Readonly<Record<string, string>> = { "\\": "\\\\", "'": "\\'", '"': '\\"' };

function escapeScript(text: string): string {
  return text.replace(
    /[\\'"<>&=\x00-\x1f]|(?=[^\x00-\x7f])[\p{C}\p{Z}]/gu,
    (c) => SCRIPT[c] ?? `\\u${(c.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, "0")}`,
  );
}

export function printf(spend: (work: number) => void, [format, ...values]: readonly Datum[]): string {
  const text = textOf(format);
  if (text === undefined) throw failed("printf needs a format");
  return goSprintf(text, values.map(formatArgumentOf), spend);
}

type Function = (...args: readonly Datum[]) => Datum;

export const FUNCTIONS: Readonly<Record<string, Function>> = {
  not: (value) => !isTrue(value),
  len: sizeOf,
  index: (value, ...keys) => keys.reduce(indexOf, value),
  slice,
  print: (...values) => sprint(values, ""),
  println: (...values) => `${sprint(values, " ")}\n`,
  html: (...values) => sprint(values, "").replace(/[<>&"'\0]/g, (c) => HTML[c] as string),
  js: (...values) => escapeScript(sprint(values, "")),
  urlquery: (...values) => queryEscape(sprint(values, "")),
  eq: (first, ...others) => others.some((other) => equals(first, other)),
  ne: (left, right) => !equals(left, right),
  lt: (left, right) => order(left, right) < 0,
  le: (left, right) => order(left, right) <= 0,
  gt: (left, right) => order(left, right) > 0,
  ge: (left, right) => order(left, right) >= 0,
};
