import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import { dereferenced } from "../../parse/openapi/document.ts";

/** What a value of a schema may be, as far as the place of a parameter is concerned. */
export type Kind = "scalar" | "array" | "object";

/** Depth to which nested schemas are followed. */
const mostDepth = 8;

/** Null where values of several kinds fit, so that their place could be written in several ways. A schema without words is a scalar. */
export function kindOf(document: JsonObject, reference: JsonValue | undefined, depth = mostDepth): Kind | null {
  const schema = dereferenced(document, reference);
  if (schema === undefined || schema === true) return "scalar";
  if (depth === 0 || !isJsonObject(schema)) return null;
  const { type } = schema;
  const types = (Array.isArray(type) ? (type as readonly JsonValue[]) : [type]).filter((one) => one !== "null");
  if (type !== undefined) return one(types.map((name) => (name === "array" || name === "object" ? name : "scalar")));
  if (isJsonObject(schema["properties"])) return "object";
  const parts = schema["anyOf"] ?? schema["oneOf"] ?? schema["allOf"];
  if (!Array.isArray(parts)) return "scalar";
  const some = (parts as readonly JsonValue[]).filter((part) => !isJsonObject(part) || part["type"] !== "null");
  return one(some.map((part) => kindOf(document, part, depth - 1)));
}

function one(kinds: readonly (Kind | null)[]): Kind | null {
  const [first = null, ...others] = kinds;
  return others.every((kind) => kind === first) ? first : null;
}

/** The properties of an object schema without alternatives; null for any other. */
export function propertiesOf(document: JsonObject, reference: JsonValue | undefined): JsonObject | null {
  const schema = dereferenced(document, reference);
  if (!isJsonObject(schema) || ["allOf", "anyOf", "oneOf", "if"].some((key) => key in schema)) return null;
  const { type, properties } = schema;
  if (type !== undefined && type !== "object") return null;
  return isJsonObject(properties) ? properties : null;
}
