import type { NumberValue, Value } from "../../value.ts";
import { RegoObject, RegoSet, isNumber, numberText } from "../../value.ts";
import { formatFloat } from "../go/float-text.ts";
import { marshalJson, textMembers } from "../json/marshal.ts";
import { BuiltinError } from "../types.ts";
import { naturalOrder } from "./natural-order.ts";
import { endsLine, hasLineBreak, scalarText } from "./scalar-style.ts";

const INDENT = 2;

/**
 * YAML as OPA writes it, byte for byte. OPA first writes JSON and reads that as YAML, which refuses some texts and changes some.
 * @throws BuiltinError for a text that YAML cannot hold
 */
export function writeYaml(value: Value): string {
  const text = isCollection(value) ? afterIndicator(value, 0, true).slice(1) : scalar(value, INDENT);
  return endsLine(text) ? text : `${text}\n`;
}

/**
 * A value with the white space before it. The lines of a collection begin at `indent`; `compact` is one whose first line goes on
 * behind the indicator.
 */
function afterIndicator(value: Value, indent: number, compact: boolean): string {
  if (!isCollection(value)) return ` ${scalar(value, indent)}`;
  const lines = value instanceof RegoObject ? pairs(value, indent) : items(value, indent);
  if (lines.length === 0) return value instanceof RegoObject ? " {}" : " []";
  return (compact ? " " : `\n${" ".repeat(indent)}`) + joined(lines, indent);
}

function items(value: RegoSet | readonly Value[], indent: number): string[] {
  const all = value instanceof RegoSet ? value.values() : value;
  return all.map((item) => `-${afterIndicator(item, indent + INDENT, true)}`);
}

const LONGEST_SIMPLE_KEY = 128;

function pairs(value: RegoObject, indent: number): string[] {
  const inner = indent + INDENT;
  return textMembers(value)
    .map(([key, item]) => [readKey(key), item] as const)
    .sort(([left], [right]) => naturalOrder(left, right))
    .flatMap(([key, item]) => {
      const written = scalarText(key, inner);
      if (!hasLineBreak(key) && Buffer.byteLength(key) <= LONGEST_SIMPLE_KEY)
        return [`${written}:${afterIndicator(item, inner, false)}`];
      return [`? ${written}`, `:${afterIndicator(item, inner, true)}`];
    });
}

/** A block may end with a line break of its own. */
function joined(lines: readonly string[], indent: number): string {
  const margin = " ".repeat(indent);
  return lines.reduce((text, line) => `${text}${endsLine(text) ? "" : "\n"}${margin}${line}`);
}

function isCollection(value: Value): value is RegoObject | RegoSet | readonly Value[] {
  return value instanceof RegoObject || value instanceof RegoSet || Array.isArray(value);
}

function scalar(value: Value, indent: number): string {
  if (typeof value === "string") return scalarText(readText(value), indent);
  return isNumber(value) ? spelling(value) : String(value);
}

const LONGEST_KEY_READ = 1_024;

/** A key of JSON as a reader of YAML takes it: on one line, and not too long. */
function readKey(key: string): string {
  const text = readText(key);
  if (key.includes("\x85") || Array.from(marshalJson(key)).length > LONGEST_KEY_READ)
    throw new BuiltinError("yaml: did not find expected ',' or '}'");
  return text;
}

/** A text of JSON as a reader of YAML takes it: U+0085 breaks the line, and lines are folded. */
function readText(text: string): string {
  if (/[\x7f-\x84\x86-\x9f\ufffe\uffff]/.test(text)) throw new BuiltinError("yaml: control characters are not allowed");
  if (/\x85(?:---|\.\.\.)[ \x85]/.test(text)) throw new BuiltinError("yaml: found unexpected document indicator");
  return text.toWellFormed().replace(/ *\x85[ \x85]*/g, (breaks) => {
    const count = breaks.replaceAll(" ", "").length;
    return count === 1 ? " " : "\n".repeat(count - 1);
  });
}

const INTEGER = /^-?\d+$/;

/** Integers of 64 bits as they are, everything else as Go's shortest float. */
function spelling(value: NumberValue): string {
  const text = numberText(value);
  if (text === "-0") return "0";
  if (!Number.isFinite(Number(text))) return text;
  if (INTEGER.test(text)) {
    const integer = BigInt(text);
    if (integer >= -(1n << 63n) && integer < 1n << 64n) return text;
  }
  return formatFloat(Number(text), "g", -1);
}
