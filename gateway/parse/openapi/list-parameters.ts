import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import { formType } from "../media-type.ts";
import { dereferenced } from "./reference.ts";

/** Schemas within schemas that are looked into. */
const MOST_DEPTH = 8;

/**
 * Names of the query parameters that are lists, one pair for each item: `style: form` with `explode: true`, which are the defaults, and
 * a schema of type array (https://spec.openapis.org/oas/v3.1.1#style-values). An operation's own parameter replaces the one of its path.
 */
export function listParameters(document: JsonObject, item: JsonObject, operation: JsonObject): ReadonlySet<string> {
  const byName = new Map<string, boolean>();
  for (const parameters of [item["parameters"], operation["parameters"]]) {
    if (!Array.isArray(parameters)) continue;
    for (const reference of parameters as JsonValue[]) {
      const parameter = dereferenced(document, reference);
      if (!isJsonObject(parameter) || parameter["in"] !== "query" || typeof parameter["name"] !== "string") continue;
      byName.set(parameter["name"], isList(document, parameter));
    }
  }
  return new Set([...byName].filter(([, list]) => list).map(([name]) => name));
}

/** The same of the fields of a form body, which are written like queries unless `encoding` says otherwise. */
export function listFields(document: JsonObject, operation: JsonObject): ReadonlySet<string> {
  const body = dereferenced(document, operation["requestBody"]);
  const content = isJsonObject(body) && isJsonObject(body["content"]) ? body["content"][formType] : undefined;
  const schema = isJsonObject(content) ? dereferenced(document, content["schema"]) : undefined;
  if (!isJsonObject(content) || !isJsonObject(schema) || !isJsonObject(schema["properties"])) return new Set();
  const encoding = isJsonObject(content["encoding"]) ? content["encoding"] : {};
  const lists = Object.entries(schema["properties"]).filter(([name, property]) => {
    const written = Object.hasOwn(encoding, name) ? encoding[name] : undefined;
    return isList(document, { ...(isJsonObject(written) ? written : {}), schema: property });
  });
  return new Set(lists.map(([name]) => name));
}

function isList(document: JsonObject, { style = "form", explode = true, schema: reference }: JsonObject): boolean {
  return style === "form" && explode === true && isArray(document, reference, MOST_DEPTH);
}

/** Alternatives have to agree: null apart, each is an array. Documents that code writes say so of every list that may be absent. */
function isArray(document: JsonObject, reference: JsonValue | undefined, depth: number): boolean {
  const schema = dereferenced(document, reference);
  if (depth === 0 || !isJsonObject(schema)) return false;
  const { type, allOf } = schema;
  if (type !== undefined)
    return type === "array" || (Array.isArray(type) && type.every(isArrayOrNull) && type.includes("array"));
  if (Array.isArray(allOf)) return allOf.some((part: JsonValue) => isArray(document, part, depth - 1));
  const either = schema["anyOf"] ?? schema["oneOf"];
  if (!Array.isArray(either)) return false;
  const some = (either as readonly JsonValue[]).filter((one) => !isJsonObject(one) || one["type"] !== "null");
  return some.length > 0 && some.every((one) => isArray(document, one, depth - 1));
}

function isArrayOrNull(type: JsonValue): boolean {
  return type === "array" || type === "null";
}
