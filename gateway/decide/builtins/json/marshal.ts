import type { Value } from "../../value.ts";
import { RegoObject, RegoSet, compareStrings, isNumber, numberText } from "../../value.ts";
import { chargeText, objectAt, stringAt, typeName } from "../operands.ts";
import type { Builtin } from "../types.ts";
import { BuiltinError } from "../types.ts";

/** Go's encoding/json: keys in byte order, `<`, `>`, `&`, U+2028 and U+2029 escaped. */

const ESCAPED = /[<>&\u2028\u2029]|\\[bf]/g;

/** Texts without a character that is escaped. */
const plain = /^[ !#-%'-;=?-[\]-~]*$/;

function marshalString(text: string): string {
  if (plain.test(text)) return `"${text}"`;
  return JSON.stringify(text.toWellFormed()).replace(ESCAPED, (match) => {
    if (match === "\\b") return "\\b";
    if (match === "\\f") return "\\f";
    return `\\u${match.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** A key that is not a string becomes the JSON text of its value. */
function keyText(key: Value): string {
  return typeof key === "string" ? key : marshalJson(key);
}

/** Members by the texts of their keys; of two keys with one text the later in Rego's order counts, as in OPA. */
export function textMembers(value: RegoObject): (readonly [string, Value])[] {
  const entries = value.entries();
  if (entries.every(([key]) => typeof key === "string")) return [...(entries as readonly (readonly [string, Value])[])];
  return [...new Map(entries.map(([key, item]) => [keyText(key), item] as const))];
}

export function marshalJson(value: Value): string {
  return write(value, undefined, "");
}

function write(value: Value, indent: string | undefined, line: string): string {
  if (typeof value === "string") return marshalString(value);
  if (isNumber(value)) return numberText(value);
  if (value === null || typeof value === "boolean") return String(value);
  const inner = indent === undefined ? "" : line + indent;
  if (value instanceof RegoObject) {
    const colon = indent === undefined ? ":" : ": ";
    const members = textMembers(value)
      .sort(([left], [right]) => compareStrings(left, right))
      .map(([key, item]) => marshalString(key) + colon + write(item, indent, inner));
    return wrap("{", members, "}", indent === undefined ? undefined : [line, inner]);
  }
  const items = value instanceof RegoSet ? value.values() : value;
  const texts = items.map((item) => write(item, indent, inner));
  return wrap("[", texts, "]", indent === undefined ? undefined : [line, inner]);
}

function wrap(open: string, parts: readonly string[], close: string, lines: [string, string] | undefined): string {
  if (parts.length === 0 || lines === undefined) return open + parts.join(",") + close;
  const [outer, inner] = lines;
  return `${open}\n${inner}${parts.join(`,\n${inner}`)}\n${outer}${close}`;
}

interface Options {
  readonly pretty: boolean;
  readonly prefix: string;
  readonly indent: string;
}

function readOptions(options: RegoObject): Options {
  let pretty: boolean | undefined;
  let implied = false;
  const texts = { prefix: "", indent: "\t" };
  for (const [key, value] of options.entries()) {
    if (key === "prefix" || key === "indent") {
      texts[key] = stringAt(2, value);
      implied = true;
    } else if (key === "pretty") {
      if (typeof value !== "boolean") throw new BuiltinError("operand 2 key pretty failed cast to bool");
      pretty = value;
    } else
      throw new BuiltinError(`operand 2 object contained unknown key ${typeof key === "string" ? key : typeName(key)}`);
  }
  return { pretty: pretty ?? implied, ...texts };
}

export const marshal: Builtin = (context, value) => {
  const text = marshalJson(value);
  chargeText(context, 400 + text.length * 4);
  return text;
};

export const marshalWithOptions: Builtin = (context, value, options) => {
  const { pretty, prefix, indent } = readOptions(objectAt(2, options));
  const compact = marshalJson(value);
  if (!pretty) {
    chargeText(context, compact.length * 4);
    return compact;
  }
  // Every line repeats the indentation, once per level: charge before writing it out.
  const lines = compact.split(/[,[\]{}]/).length;
  chargeText(context, compact.length * 4, lines * (prefix.length + indent.length * depthOf(value)));
  return prefix + write(value, indent, prefix);
};

function depthOf(value: Value): number {
  const children =
    value instanceof RegoObject || value instanceof RegoSet ? value.values() : Array.isArray(value) ? value : [];
  return 1 + (children as readonly Value[]).reduce<number>((most, child) => Math.max(most, depthOf(child)), 0);
}
