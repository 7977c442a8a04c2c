import { deepFreeze, type JsonValue } from "./json.ts";

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
}

/** As `jsonText`, using the known bytes of this value where there are any. */
export function textKnownOr(known: WithBytes | null, value: JsonValue): string {
  return known?.value === value && known.bytes !== null ? known.bytes.toString() : jsonText(value);
}

/** Texts without a character that JSON escapes; surrogates are left to JSON.stringify. */
const plain = /^[ !#-[\]-~]*$/;

/** As JSON.stringify; a shared object's text is known. */
export function jsonText(value: JsonValue): string {
  if (typeof value === "string") return value.length < 200 && plain.test(value) ? `"${value}"` : JSON.stringify(value);
  if (typeof value === "object" && value !== null) return texts.get(value) ?? JSON.stringify(value);
  return JSON.stringify(value);
}

/** JSON with a reviver that sees the literal, and a way to write it back (https://github.com/tc39/proposal-json-parse-with-source). */
interface SourceJson {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): unknown;
}

const json = JSON as unknown as SourceJson;

/**
 * Parses JSON so that JSON.stringify gives every number back digit by digit: `context.time.ns` is beyond 2^53.
 * @throws SyntaxError
 */
export function parseExact(text: string): unknown {
  return json.parse(text, (_key, value, { source }) =>
    typeof value === "number" && source !== undefined && String(value) !== source ? json.rawJSON(source) : value,
  );
}
