import type { ScalarTag } from "yaml";
import { Document, Pair, Scalar, YAMLMap, YAMLSeq } from "yaml";

import type { NumberValue, Value } from "../../value.ts";
import { RegoObject, RegoSet, isNumber, numberText } from "../../value.ts";
import { formatFloat } from "../go/float-text.ts";
import { textMembers } from "../json/marshal.ts";
import { BuiltinError } from "../types.ts";
import { naturalOrder } from "./natural-order.ts";

/** YAML as OPA writes it: keys in order, lists indented, quotes only where a reader would take the text for more. */

/** A number whose spelling is settled. */
class Spelled {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

const NUMBER: ScalarTag = {
  tag: "tag:yaml.org,2002:float",
  default: true,
  identify: (value) => value instanceof Spelled,
  resolve: (text) => text,
  stringify: ({ value }) => (value as Spelled).text,
};

/** What YAML 1.1 or 1.2 would not read as text: booleans, nulls, numbers, dates, sexagesimals. */
const AMBIGUOUS = new RegExp(
  "^(?:|~|<<|null|Null|NULL|true|True|TRUE|false|False|FALSE|y|Y|yes|Yes|YES|n|N|no|No|NO|on|On|ON|off|Off|OFF|" +
    "[-+]?\\.(?:inf|Inf|INF)|\\.(?:nan|NaN|NAN)|[-+]?(?:0b[01_]+|0o?[0-7_]+|0x[\\da-fA-F_]+|[\\d][\\d_]*)|" +
    "[-+]?(?:\\.[\\d_]+|\\d[\\d_]*(?:\\.[\\d_]*)?)(?:[eE][-+]?\\d+)?|[-+]?\\d[\\d_]*(?::[0-5]?\\d)+(?:\\.[\\d_]*)?|" +
    "\\d{4}-\\d\\d?-\\d\\d?(?:[Tt ].*)?)$",
);

const INTEGER = /^-?\d+$/;

export function writeYaml(value: Value): string {
  return written(toNode(value));
}

function written(node: unknown): string {
  const document = new Document(null, { version: "1.2", customTags: [NUMBER] });
  document.contents = node as typeof document.contents;
  return document.toString({ lineWidth: 0, indentSeq: true, singleQuote: true });
}

function toNode(value: Value): unknown {
  if (typeof value === "string") return stringNode(value);
  if (isNumber(value)) return new Scalar(new Spelled(spelling(value)));
  if (value === null || typeof value === "boolean") return new Scalar(value);
  if (value instanceof RegoObject) return mapNode(value);
  const list = new YAMLSeq();
  list.items = (value instanceof RegoSet ? value.values() : value).map(toNode);
  return list;
}

function mapNode(value: RegoObject): YAMLMap {
  const map = new YAMLMap();
  map.items = textMembers(value)
    .sort(([left], [right]) => naturalOrder(left, right))
    .map(([key, item]) => new Pair(keyNode(key), toNode(item)));
  return map;
}

const LONGEST_SIMPLE_KEY = 128;

/** A long key is announced by a question mark, which this writer puts before a key of another type than plain or quoted. */
function keyNode(key: string): Scalar {
  const node = stringNode(key);
  if (Buffer.byteLength(key) <= LONGEST_SIMPLE_KEY || node.type === Scalar.BLOCK_LITERAL) return node;
  const announced = new Scalar(new Spelled(written(node).trimEnd()));
  announced.type = Scalar.BLOCK_LITERAL;
  return announced;
}

function stringNode(text: string): Scalar {
  const scalar = new Scalar(text);
  // A reader of YAML refuses these, and OPA reads what it has written.
  if (/[\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff]/.test(text))
    throw new BuiltinError("yaml: control characters are not allowed");
  if (/[\u{10000}-\u{10FFFF}]/u.test(text)) return new Scalar(new Spelled(doubleQuoted(text)));
  if (/[\x85\u2028\u2029]/.test(text)) scalar.type = Scalar.QUOTE_SINGLE;
  else if (AMBIGUOUS.test(text) || /[\x00-\x09\x0b-\x1f\x7f]/.test(text)) scalar.type = Scalar.QUOTE_DOUBLE;
  // A block that begins with a space or a break needs its indentation told, which this writer does not do everywhere.
  else if (/^[ \n]/.test(text) && text.includes("\n")) scalar.type = Scalar.QUOTE_DOUBLE;
  else if (text.includes("\n")) scalar.type = Scalar.BLOCK_LITERAL;
  // This writer avoids doubled quotes, Go's does not.
  else if (text.includes("'") && written(scalar).startsWith('"')) scalar.type = Scalar.QUOTE_SINGLE;
  return scalar;
}

const ESCAPES = new Map(
  Object.entries({ 0: "0", 7: "a", 8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r", 27: "e", 34: '"', 92: "\\" })
    .concat(Object.entries({ 133: "N", 160: "_", 8232: "L", 8233: "P" }))
    .map(([code, letter]) => [String.fromCharCode(Number(code)), letter]),
);

/** Go's writer takes no character beyond the first plane for printable, and escapes it. */
function doubleQuoted(text: string): string {
  const quoted = text.replace(/["\\\p{Cc}\u00a0\u2028\u2029]|[\u{10000}-\u{10FFFF}]/gu, (character) => {
    const code = (character.codePointAt(0) as number).toString(16).toUpperCase();
    return `\\${ESCAPES.get(character) ?? (code.length > 2 ? `U${code.padStart(8, "0")}` : `x${code.padStart(2, "0")}`)}`;
  });
  return `"${quoted}"`;
}

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
