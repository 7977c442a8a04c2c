import type { Value } from "../value.ts";
import { RegoObject, RegoSet, bytesOf, compareStrings, stringOf } from "../value.ts";
import { marshalJson } from "./json/marshal.ts";
import { chargeText, isArray, objectAt, stringAt } from "./operands.ts";
import type { Builtin } from "./types.ts";
import { BuiltinError } from "./types.ts";

const hexEncode: Builtin = (context, value) => {
  const text = stringAt(1, value);
  chargeText(context, text.length * 2);
  return bytesOf(text).toString("hex");
};

const hexDecode: Builtin = (context, value) => {
  const text = stringAt(1, value);
  chargeText(context, text.length);
  if (!/^(?:[0-9a-fA-F]{2})*$/.test(text)) throw new BuiltinError("encoding/hex: invalid text");
  return stringOf(Buffer.from(text, "hex"));
};

const base64UrlNoPad: Builtin = (context, value) => {
  const text = stringAt(1, value);
  chargeText(context, text.length * 2);
  return bytesOf(text).toString("base64url");
};

/** Go's url.QueryEscape: everything but letters, digits and -_.~ is escaped, a space is a plus. */
export function queryEscape(text: string): string {
  let output = "";
  for (const byte of bytesOf(text)) {
    const character = String.fromCharCode(byte);
    if (/[A-Za-z0-9\-_.~]/.test(character)) output += character;
    else if (byte === 0x20) output += "+";
    else output += `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return output;
}

/** @throws BuiltinError for a percent sign that starts no escape */
export function queryUnescape(text: string): string {
  const broken = /%(?![0-9a-fA-F]{2})/.exec(text);
  if (broken !== null) {
    throw new BuiltinError(`invalid URL escape ${JSON.stringify(text.slice(broken.index, broken.index + 3))}`);
  }
  if (!text.includes("%")) return text.replaceAll("+", " ");
  const parts = text.replaceAll("+", " ").split(/((?:%[0-9a-fA-F]{2})+)/);
  return stringOf(Buffer.concat(parts.map(unescapePart)));
}

function unescapePart(part: string): Buffer {
  return part.startsWith("%") ? Buffer.from(part.replaceAll("%", ""), "hex") : bytesOf(part);
}

const urlEncode: Builtin = (context, value) => {
  const text = stringAt(1, value);
  chargeText(context, text.length * 8);
  return queryEscape(text);
};

const urlDecode: Builtin = (context, value) => {
  const text = stringAt(1, value);
  chargeText(context, text.length * 4);
  return queryUnescape(text);
};

const urlEncodeObject: Builtin = (context, value) => {
  const pairs: [string, readonly string[]][] = [];
  for (const [key, item] of objectAt(1, value).entries()) {
    const name = typeof key === "string" ? key : marshalJson(key);
    pairs.push([name, queryValues(item)]);
  }
  pairs.sort(([left], [right]) => compareStrings(left, right));
  const texts = pairs.flatMap(([key, items]) => items.map((item) => `${queryEscape(key)}=${queryEscape(item)}`));
  chargeText(
    context,
    texts.reduce((sum, text) => sum + 60 + text.length * 12, 0),
  );
  return texts.join("&");
};

function queryValues(value: Value): readonly string[] {
  const items = typeof value === "string" ? [value] : value instanceof RegoSet ? value.values() : value;
  if (isArray(items) && items.every((item) => typeof item === "string")) return items;
  throw new BuiltinError("operand 1 values must be string, array[string], or set[string]");
}

const urlDecodeObject: Builtin = (context, value) => {
  const text = stringAt(1, value);
  chargeText(context, text.length * 40);
  const lists = new Map<string, string[]>();
  for (const piece of text.split("&")) {
    if (piece === "") continue;
    if (piece.includes(";")) throw new BuiltinError("invalid semicolon separator in query");
    const equals = piece.indexOf("=");
    const key = queryUnescape(equals < 0 ? piece : piece.slice(0, equals));
    const item = queryUnescape(equals < 0 ? "" : piece.slice(equals + 1));
    const list = lists.get(key);
    if (list === undefined) lists.set(key, [item]);
    else list.push(item);
  }
  return RegoObject.from(lists);
};

export const encoding: Readonly<Record<string, Builtin>> = {
  "hex.encode": hexEncode,
  "hex.decode": hexDecode,
  "base64url.encode_no_pad": base64UrlNoPad,
  "urlquery.encode": urlEncode,
  "urlquery.decode": urlDecode,
  "urlquery.encode_object": urlEncodeObject,
  "urlquery.decode_object": urlDecodeObject,
};
