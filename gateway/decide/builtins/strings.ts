import type { Value } from "../value.ts";
import { RegoSet } from "../value.ts";
import { chargeText, intAt, isArray, isAscii, runesOf, stringAt, stringsAt, wrongType } from "./operands.ts";
import type { Builtin, BuiltinContext } from "./types.ts";
import { BuiltinError } from "./types.ts";

function anyAffixMatch(
  context: BuiltinContext,
  search: Value,
  base: Value,
  matches: (text: string, affix: string) => boolean,
): boolean {
  const texts = oneOrMany(1, search);
  const affixes = oneOrMany(2, base);
  const characters = affixes.reduce((sum, affix) => sum + affix.length, 0);
  context.charge(1 + texts.length * (affixes.length * 2 + characters / 16));
  return texts.some((text) => affixes.some((affix) => matches(text, affix)));
}

function oneOrMany(position: number, value: Value): readonly string[] {
  if (typeof value === "string") return [value];
  if (!isArray(value) && !(value instanceof RegoSet)) throw wrongType(position, value, "string", "set", "array");
  return stringsAt(position, value);
}

const anyPrefixMatch: Builtin = (context, search, base) =>
  anyAffixMatch(context, search, base, (text, affix) => text.startsWith(affix));

const anySuffixMatch: Builtin = (context, search, base) =>
  anyAffixMatch(context, search, base, (text, affix) => text.endsWith(affix));

/** Non-overlapping occurrences; the empty string occurs between all characters. */
const count: Builtin = (context, base, search) => {
  const text = stringAt(1, base);
  const needle = stringAt(2, search);
  chargeText(context, text.length, needle.length);
  if (needle === "") return runesOf(text).length + 1;
  let found = 0;
  for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + needle.length)) found += 1;
  return found;
};

/** All positions, overlapping ones too, counted in characters. */
const indexOfN: Builtin = (context, base, search) => {
  const text = stringAt(1, base);
  const needle = stringAt(2, search);
  chargeText(context, text.length * 2, needle.length);
  if (needle === "") throw new BuiltinError("empty search character");
  const units: number[] = [];
  for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + 1)) units.push(at);
  context.charge(units.length);
  return isAscii(text) ? units : characterIndexes(text, units);
};

function characterIndexes(text: string, units: readonly number[]): number[] {
  const wanted = new Set(units);
  const indexes: number[] = [];
  let at = 0;
  let index = 0;
  for (const character of text) {
    if (wanted.has(at)) indexes.push(index);
    at += character.length;
    index += 1;
  }
  return indexes;
}

/** The first n parts, or the last -n. */
const splitN: Builtin = (context, value, delimiter, limit) => {
  const text = stringAt(1, value);
  const separator = stringAt(2, delimiter);
  const n = intAt(3, limit);
  chargeText(context, text.length * 2, separator.length);
  const parts = separator === "" ? runesOf(text) : text.split(separator);
  context.charge(parts.length);
  return n >= 0 ? parts.slice(0, n) : parts.slice(Math.max(parts.length + n, 0));
};

export const strings: Readonly<Record<string, Builtin>> = {
  "strings.any_prefix_match": anyPrefixMatch,
  "strings.any_suffix_match": anySuffixMatch,
  "strings.count": count,
  indexof_n: indexOfN,
  "strings.split_n": splitN,
};
