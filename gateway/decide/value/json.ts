import { type Value, RegoObject, RegoSet } from "./collections.ts";
import { compareStrings } from "./compare.ts";
import { RegoNumber, makeNumber } from "./number.ts";

/**
 * A plain JSON value as a Rego value. Numbers must be finite; an undefined member is left out.
 * @throws TypeError for anything JSON does not know.
 */
export function fromJson(json: unknown): Value {
  if (json === null || typeof json === "string" || typeof json === "boolean" || typeof json === "bigint") {
    return typeof json === "bigint" ? makeNumber(json.toString()) : json;
  }
  if (typeof json === "number") {
    if (!Number.isFinite(json)) throw new TypeError("a number that JSON cannot hold");
    return Object.is(json, -0) ? 0 : json;
  }
  if (Array.isArray(json)) return json.map(fromJson);
  if (typeof json === "object") return fromPlainObject(json as Record<string, unknown>);
  throw new TypeError(`a ${typeof json} is not JSON`);
}

function fromPlainObject(json: Readonly<Record<string, unknown>>): RegoObject {
  const object = new RegoObject();
  for (const [key, value] of Object.entries(json)) if (value !== undefined) object.set(key, fromJson(value));
  return object;
}

/**
 * A Rego value as plain JSON: sets become sorted arrays, keys that are not strings become their JSON text, numbers
 * become doubles (digits beyond 2^53 are lost; use dumpValue where they matter).
 */
export function toJson(value: Value): unknown {
  if (value === null || typeof value !== "object") return typeof value === "bigint" ? Number(value) : value;
  if (value instanceof RegoNumber) return Number(value.text);
  if (value instanceof RegoSet) return value.values().map(toJson);
  if (!(value instanceof RegoObject)) return value.map(toJson);
  const json: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [key, item] of value.entries()) json[jsonKey(key)] = toJson(item);
  return json;
}

function jsonKey(key: Value): string {
  return typeof key === "string" ? key : dumpValue(key);
}

/**
 * The text `opa_value_parse` reads: JSON plus set literals and keys of any type. Members are in OPA's order.
 * An unpaired surrogate becomes U+FFFD, as in Go; the runtime would abort on its escape.
 */
export function dumpValue(value: Value): string {
  switch (typeof value) {
    case "string":
      return dumpString(value);
    case "number":
    case "boolean":
    case "bigint":
      return String(value);
    default:
      return value === null ? "null" : dumpComposite(value);
  }
}

/** JSON text as OPA answers with: sets as sorted arrays, members sorted by name, keys of other kinds as their JSON text, all digits of numbers. */
export function jsonTextOf(value: Value): string {
  if (value instanceof RegoSet) return `[${value.values().map(jsonTextOf).join(",")}]`;
  if (value instanceof RegoObject) return `{${membersOf(value).join(",")}}`;
  return Array.isArray(value) ? `[${(value as readonly Value[]).map(jsonTextOf).join(",")}]` : dumpValue(value);
}

function membersOf(object: RegoObject): string[] {
  const named = object
    .entries()
    .map(([key, value]) => [typeof key === "string" ? key : jsonTextOf(key), value] as const);
  return named
    .toSorted(([one], [other]) => compareStrings(one, other))
    .map(([name, value]) => `${dumpString(name)}:${jsonTextOf(value)}`);
}

function dumpString(text: string): string {
  return JSON.stringify(text.isWellFormed() ? text : text.toWellFormed());
}

function dumpComposite(value: Exclude<Value, string | number | boolean | bigint | null>): string {
  if (value instanceof RegoNumber) return value.text;
  if (value instanceof RegoSet) return value.size === 0 ? "set()" : `{${value.values().map(dumpValue).join(",")}}`;
  if (value instanceof RegoObject) return `{${value.entries().map(dumpMember).join(",")}}`;
  return `[${value.map(dumpValue).join(",")}]`;
}

function dumpMember([key, value]: readonly [Value, Value]): string {
  return `${dumpValue(key)}:${dumpValue(value)}`;
}
