import { setImmediate as nextTurn } from "node:timers/promises";
import { parseJson, parseJsonWith } from "./parse-json.ts";

/** A JSON value as RFC 8259 knows it; objects keep insertion order. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: JsonValue;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object that a text of JSON says; null for another text. */
export function objectIn(text: string): JsonObject | null {
  try {
    const value: unknown = parseJson(text);
    return isJsonObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** Freezes a value deeply. A value that is frozen already is assumed to be deeply frozen. */
export function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) deepFreeze(part);
  return value;
}

/** The keys that a JSON pointer (RFC 6901) leads through, without their escapes; none for the whole document. */
export function pointerSteps(pointer: string): string[] {
  return pointer.split("/").slice(1).map(unescapedStep);
}

/** One step of a pointer as the key that it stands for. */
export function unescapedStep(step: string): string {
  return step.replaceAll("~1", "/").replaceAll("~0", "~");
}

/** A key as one step of a pointer. */
export function escapedStep(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}

/** The claim of that name, or at that JSON pointer (RFC 6901) when the name begins with "/"; null when absent. */
export function claimAt(claims: JsonObject, name: string): JsonValue {
  return valueAtSteps(claims, claimSteps(name)) ?? null;
}

/** The value at a JSON pointer (RFC 6901); null when absent. */
export function valueAt(document: JsonValue, pointer: string): JsonValue {
  return valueAtSteps(document, pointerSteps(pointer)) ?? null;
}

/** The value that keys lead to, through objects and lists, and through nothing inherited; undefined when absent. */
export function valueAtSteps(value: JsonValue | undefined, steps: readonly string[]): JsonValue | undefined {
  let at = value;
  for (const step of steps) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, step)) return undefined;
    at = (at as JsonObject)[step];
  }
  return at;
}

/** The keys that lead to a claim of that name. */
export function claimSteps(name: string): readonly string[] {
  return name.startsWith("/") ? pointerSteps(name) : [name];
}

const texts = new WeakMap<object, string>();

/**
 * Freezes a value deeply and keeps its JSON text for `jsonText`. The text is kept as long as the object, and freezing
 * keeps it correct. Only for objects that nothing changes afterwards.
 */
export function internJson<Value extends object>(value: Value): Value {
  deepFreeze(value);
  texts.set(value, JSON.stringify(value));
  return value;
}

export function isInterned(value: unknown): boolean {
  return typeof value === "object" && value !== null && texts.has(value);
}

/** The JSON text of a deeply frozen value, such as a policy's answer, written once; the text of any other value is not kept. */
export function frozenText(value: object): string {
  const known = texts.get(value);
  if (known !== undefined) return known;
  const text = JSON.stringify(value);
  if (Object.isFrozen(value)) texts.set(value, text);
  return text;
}

/** A value, and the bytes (UTF-8) that JSON.stringify would write of it, where they are known; they must not be changed. */
export interface WithBytes {
  readonly value: JsonValue;
  readonly bytes: Buffer | null;
  /** No text and no key of it holds a URL. False or absent: that is not known. */
  readonly noUrl?: boolean;
  /** False: nobody has read the value yet, and it is built when somebody does. Absent: it is there. */
  readonly isBuilt?: boolean;
}

/** Texts without a character that JSON escapes; surrogates are left to JSON.stringify. */
const plain = /^[ !#-[\]-~]*$/;

/** As JSON.stringify; a shared object's text is known. */
export function jsonText(value: JsonValue): string {
  if (typeof value === "string") return value.length < 200 && plain.test(value) ? `"${value}"` : JSON.stringify(value);
  if (value === null) return "null";
  if (typeof value === "object") return texts.get(value) ?? textOf(value);
  return JSON.stringify(value);
}

/** Most lists of a call are empty, and a call of JSON.stringify takes several times longer than to look. */
function textOf(value: JsonObject | readonly JsonValue[]): string {
  return Array.isArray(value) && value.length === 0 ? "[]" : JSON.stringify(value);
}

/** JSON with a way to write a literal back (https://github.com/tc39/proposal-json-parse-with-source). */
interface SourceJson {
  rawJSON(text: string): unknown;
  isRawJSON(value: unknown): boolean;
}

const json = JSON as unknown as SourceJson;

/**
 * Parses JSON so that JSON.stringify gives every number back digit by digit: `context.time.ns` is beyond 2^53.
 * `onTwice` is called where an object has a name again.
 * @throws SyntaxError
 */
export function parseExact(text: string, onTwice?: () => void): unknown {
  return parseJsonWith(text, (value, source) => (String(value) === source ? value : json.rawJSON(source)), onTwice);
}

/** Whether a value of `parseExact` is a number that keeps its digits; to others it looks like an object. */
export function isExactNumber(value: JsonValue): boolean {
  return typeof value === "object" && value !== null && json.isRawJSON(value);
}

/** Part of a JSON object, as text: the members that belong into the object at `at`. */
export interface Piece {
  readonly at: readonly string[];
  readonly text: string;
}

/** Characters of one piece, which are parsed in well under a millisecond. */
const PIECE_CHARACTERS = 32 * 1024;

/** Splits the object into pieces, in order; a value that is no object stays whole. */
export function piecesOf(value: object): Piece[] {
  const pieces: Piece[] = [];
  split([], value, pieces);
  return pieces;
}

function split(at: readonly string[], value: object, pieces: Piece[]): void {
  let members: string[] = [];
  let characters = 0;
  const flush = (): void => {
    if (members.length > 0) pieces.push({ at, text: `{${members.join(",")}}` });
    members = [];
    characters = 0;
  };
  for (const [name, inner] of Object.entries(value) as [string, unknown][]) {
    const large = isJsonObject(inner) && leftOf(PIECE_CHARACTERS, inner) < 0;
    const text = large ? "{}" : JSON.stringify(inner);
    members.push(`${JSON.stringify(name)}:${text}`);
    characters += name.length + text.length;
    if (large || characters > PIECE_CHARACTERS) flush();
    if (large) split([...at, name], inner, pieces);
  }
  flush();
}

/** What is left of so many characters once the value is written, about; below zero, the rest of it was not looked at. */
function leftOf(characters: number, value: unknown): number {
  if (typeof value === "string") return characters - value.length - 2;
  if (typeof value !== "object" || value === null) return characters - 5;
  let left = characters - 2;
  for (const name in value) {
    if (left < 0) return left;
    left = leftOf(left - name.length - 3, value[name as keyof typeof value]);
  }
  return left;
}

/** Joins the pieces, one in each turn of the event loop, so that a large object does not block other work. */
export async function joinPieces(pieces: readonly Piece[]): Promise<object> {
  const whole = {};
  for (const { at, text } of pieces) {
    let target: object = whole;
    for (const name of at) target = Object.getOwnPropertyDescriptor(target, name)?.value as object;
    for (const [name, value] of Object.entries(parseJson(text) as object))
      // Not by assignment, which would set the prototype for the name `__proto__`.
      Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
    await nextTurn();
  }
  return whole;
}
