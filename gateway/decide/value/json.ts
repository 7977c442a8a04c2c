import type { Value } from "./collections.ts";
import { RegoObject, RegoSet } from "./collections.ts";
import { dumpValue } from "./dump.ts";
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
