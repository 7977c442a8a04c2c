import { bytesOf, RegoSet, stringOf, type Value } from "../../value.ts";
import { termText } from "../go/term-text.ts";
import { arrayAt, chargeText, intAt, isAscii, objectAt, stringAt, stringsAt } from "../operands.ts";
import type { Builtin, BuiltinContext } from "../types.ts";
import { BuiltinError } from "../types.ts";

export const concat: Builtin = (context, delimiter, collection) => {
  const join = stringAt(1, delimiter);
  const texts = stringsAt(2, collection);
  chargeText(context, 160, texts.reduce((sum, text) => sum + text.length + join.length, 0) * 2);
  return texts.join(join);
};

/** The parts of a template string; what an expression in it came to is a set of that or an empty one. */
export const templateString: Builtin = (context, parts) => {
  const text = arrayAt(1, parts).map(partText).join("");
  chargeText(context, 160, text.length * 2);
  return text;
};

function partText(part: Value): string {
  if (!(part instanceof RegoSet)) return typeof part === "string" ? part : termText(part);
  const [value, ...others] = part.values();
  if (value === undefined) return "<undefined>";
  if (others.length > 0) throw new BuiltinError("template-strings must not produce multiple outputs");
  return typeof value === "string" ? value : termText(value);
}

export const indexOf: Builtin = (context, base, search) => {
  const text = stringAt(1, base);
  const needle = stringAt(2, search);
  chargeText(context, text.length, needle.length);
  if (needle === "") throw new BuiltinError("empty search character");
  const at = text.indexOf(needle);
  return at < 0 || isAscii(text) ? at : Array.from(text.slice(0, at)).length;
};

export const substring: Builtin = (context, base, offset, length) => {
  const text = stringAt(1, base);
  const start = intAt(2, offset);
  const size = intAt(3, length);
  if (start < 0) throw new BuiltinError("negative offset");
  chargeText(context, text.length);
  const end = size < 0 ? undefined : start + size;
  return isAscii(text) ? text.slice(start, end) : Array.from(text).slice(start, end).join("");
};

/** Go's strings.Replacer: at each place the first pattern that fits, in the order given, none twice at one place. */
function replaceEach(context: BuiltinContext, text: string, pairs: readonly (readonly [string, string])[]): string {
  chargeText(context, text.length * (1 + pairs.length) * 4);
  if (pairs.some(([from]) => from === "")) return replaceBytes(context, text, pairs);
  return replacePieces(context, text, pairs);
}

/** An empty pattern fits between any two bytes, even inside a character, which breaks the character as in OPA. */
function replaceBytes(context: BuiltinContext, text: string, pairs: readonly (readonly [string, string])[]): string {
  const binary = (piece: string): string => bytesOf(piece).toString("latin1");
  const pieces = pairs.map(([from, to]): [string, string] => [binary(from), binary(to)]);
  return stringOf(Buffer.from(replacePieces(context, binary(text), pieces), "latin1"));
}

function replacePieces(context: BuiltinContext, text: string, pairs: readonly (readonly [string, string])[]): string {
  const byFirst = new Map<string, [string, string][]>();
  const empty = pairs.findIndex(([from]) => from === "");
  for (const pair of pairs) {
    const key = pair[0].slice(0, 1);
    byFirst.set(key, [...(byFirst.get(key) ?? []), pair as [string, string]]);
  }
  let output = "";
  let afterEmpty = false;
  for (let at = 0; at <= text.length;) {
    const fitting = (byFirst.get(text[at] ?? "\0none") ?? []).find(([from]) => text.startsWith(from, at));
    const first = fitting === undefined || (empty >= 0 && empty < pairs.indexOf(fitting)) ? empty : -1;
    const chosen: readonly [string, string] | undefined = first >= 0 && !afterEmpty ? pairs[first] : fitting;
    if (chosen !== undefined) {
      context.charge(2 + (chosen[1].length >>> 2));
      output += chosen[1];
      at += chosen[0].length;
      afterEmpty = chosen[0] === "";
    } else {
      output += text[at] ?? "";
      at += 1;
      afterEmpty = false;
    }
  }
  return output;
}

export const replace: Builtin = (context, base, from, to) => {
  const text = stringAt(1, base);
  const old = stringAt(2, from);
  const fresh = stringAt(3, to);
  if (old === "") return replaceEach(context, text, [["", fresh]]);
  const parts = text.split(old);
  chargeText(context, 160 + text.length, old.length, parts.length * fresh.length);
  return parts.join(fresh);
};

export const replaceN: Builtin = (context, patterns, base) => {
  const object = objectAt(1, patterns);
  const text = stringAt(2, base);
  const pairs = object.entries().map(([from, to]): [string, string] => {
    if (typeof from !== "string") throw new BuiltinError("operand 1 non-string key found in pattern object");
    if (typeof to !== "string") throw new BuiltinError("operand 1 non-string value found in pattern object");
    return [from, to];
  });
  return replaceEach(context, text, pairs);
};

export const slice: Builtin = (context, array, from, to) => {
  const items = arrayAt(1, array);
  const start = intAt(2, from);
  const stop = Math.min(Math.max(intAt(3, to), 0), items.length);
  context.charge(1 + items.length);
  return items.slice(Math.min(Math.max(start, 0), stop), stop);
};
