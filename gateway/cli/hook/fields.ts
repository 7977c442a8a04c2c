import { hash } from "node:crypto";
import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import { HookFailure, longestText } from "./local-call.ts";
import { parseJson } from "../../lib/parse-json.ts";

/** @throws HookFailure when it is not there or no text */
export function textOf(fields: JsonObject, name: string): string {
  const value = fields[name];
  if (typeof value === "string") return value;
  throw new HookFailure(`the client's message has no text "${name}"`);
}

/** Null when it is not there. @throws HookFailure when it is there and no text */
export function textOrNull(fields: JsonObject, name: string): string | null {
  return fields[name] === undefined || fields[name] === null ? null : textOf(fields, name);
}

/** @throws HookFailure when it is not there or no object */
export function objectOf(fields: JsonObject, name: string): JsonObject {
  const value = fields[name];
  if (isJsonObject(value)) return value;
  throw new HookFailure(`the client's message has no object "${name}"`);
}

/** An object, also where the client sends it as JSON text. @throws HookFailure */
export function objectOrJson(fields: JsonObject, name: string): JsonObject {
  const value = fields[name];
  if (typeof value !== "string") return objectOf(fields, name);
  const read = jsonOrNull(value);
  if (isJsonObject(read)) return read;
  throw new HookFailure(`the client's message has no object in "${name}"`);
}

/** Null also for text that is no JSON. */
export function jsonOrNull(text: string): JsonValue {
  try {
    return parseJson(text) as JsonValue;
  } catch {
    return null;
  }
}

/**
 * The same value with long texts replaced by what they are: their length and digest. Approvals bind the digest, so another
 * text is another call.
 */
export function shortened(value: JsonValue): JsonValue {
  if (typeof value === "string") {
    if (value.length <= longestText) return value;
    return { omitted: "text", length: value.length, sha256: hash("sha256", value, "hex") };
  }
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(shortened);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shortened(inner)]));
}
