import { JsonReader } from "./json-reader.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

/** What of a number becomes the value; `source` is its literal. */
type NumberOf = (value: number, source: string) => unknown;

/**
 * Reads JSON (RFC 8259). The V8 of Node 24 up to 24.21, and of 26 up to 26.10, reads wrong names (https://github.com/nodejs/node/issues/63785): where an
 * object follows another one of the same shape, it takes a name that has an escape for the one it expects when their first characters in the
 * text agree. After `{"\\u0061":1}` the name in `{"\u0061mount":1}` is `\u0061`. A policy would not see the `amount` that the tool server gets.
 * So texts in which a name has an escape are read here.
 * @throws SyntaxError; for such a text also when it has half of a surrogate pair, and RangeError when it has some thousand levels
 */
export function parseJson(text: string): unknown {
  // Refuses what is no JSON, also for the reader.
  const value: unknown = JSON.parse(text);
  return hasEscapedName(text) ? readByName(text, (number) => number) : value;
}

/** The same for a text that all readers take for one thing. @throws SyntaxError, also where an object has a name twice */
export function parseJsonOfNamesOnce(text: string): unknown {
  const value = parseJson(text);
  // Readers give a name that is there twice one member.
  if (namesOf(value) !== namesIn(text)) throw new SyntaxError("an object has a name twice");
  return value;
}

/** The same for a text of which is known that no name in it has an escape. @throws SyntaxError */
export function parseJsonOfPlainNames(text: string): unknown {
  return JSON.parse(text);
}

/**
 * As `parseJson`, and `number` may give another value for a number. `onTwice` is called where an object has a name again: the last one counts.
 * @throws SyntaxError, and what `number` throws
 */
export function parseJsonWith(text: string, number: NumberOf, onTwice?: () => void): unknown {
  JSON.parse(text);
  return readByName(text, number, onTwice);
}

function readByName(text: string, number: NumberOf, onTwice?: () => void): unknown {
  // As bytes it would say another character.
  if (!text.isWellFormed()) throw new SyntaxError("half of a surrogate pair stands in the JSON");
  return valueOf(new JsonReader(Buffer.from(text)), number, onTwice);
}

/** Whether a name in this JSON has an escape. */
function hasEscapedName(text: string): boolean {
  // The first backslash behind what was read stands in a text.
  for (let at = text.indexOf("\\"); at !== -1; at = text.indexOf("\\", at)) {
    at = textEnd(text, at);
    while (isBlank(text.charCodeAt(at))) at += 1;
    if (text.charCodeAt(at) === COLON) return true;
  }
  return false;
}

/** Where a text is over, from a place in it. */
function textEnd(text: string, from: number): number {
  let at = from;
  for (let code = text.charCodeAt(at); code !== QUOTE; code = text.charCodeAt(at)) at += code === BACKSLASH ? 2 : 1;
  return at + 1;
}

/** How many names the objects in this JSON have. */
function namesIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at)) {
    at = stringEnd(text, at + 1);
    while (isBlank(text.charCodeAt(at))) at += 1;
    if (text.charCodeAt(at) === COLON) count += 1;
  }
  return count;
}

/** As `textEnd`, without a look at each character. */
function stringEnd(text: string, from: number): number {
  for (let quote = text.indexOf('"', from); ; quote = text.indexOf('"', quote + 1)) {
    let before = quote;
    while (text.charCodeAt(before - 1) === BACKSLASH) before -= 1;
    if ((quote - before) % 2 === 0) return quote + 1;
  }
}

function namesOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) for (const one of value) count += namesOf(one);
  else for (const name in value) count += 1 + namesOf(value[name as keyof typeof value]);
  return count;
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/** Reads one value of what is known to be JSON. */
function valueOf(reader: JsonReader, number: NumberOf, onTwice?: () => void): unknown {
  const { next } = reader;
  if (next === "text") return reader.string();
  if (next === "other") return reader.otherWith(number);
  if (next === "list") {
    const list: unknown[] = [];
    reader.list(() => void list.push(valueOf(reader, number, onTwice)));
    return list;
  }
  const object = {};
  reader.object(() => {
    const name = reader.string();
    reader.colon();
    if (onTwice !== undefined && Object.hasOwn(object, name)) onTwice();
    // Not by assignment, which would set the prototype for the name `__proto__`.
    const value = valueOf(reader, number, onTwice);
    Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
  });
  return object;
}
