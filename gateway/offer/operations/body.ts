import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import { formType } from "../../lib/media-type.ts";
import { contentOf, dereferenced } from "../../parse/openapi/document.ts";
import { kindOf, propertiesOf } from "./kinds.ts";

/** The body of an operation, and how it is made of arguments. */
export interface OfferedBody {
  readonly type: string;
  readonly isForm: boolean;
  readonly required: boolean;
  /** It is one argument, named `body`; else its members are arguments. */
  readonly isWhole: boolean;
  /** Whether an argument of this name belongs into it. */
  readonly takes: (name: string) => boolean;
  readonly schema: JsonValue;
  /** Members that callers send, where it is not whole. */
  readonly properties: JsonObject;
  readonly requiredProperties: readonly string[];
  /** What else may be a member: as JSON Schema's additionalProperties. */
  readonly additional: JsonValue;
}

/** Null for an operation without a body; a text says why it cannot be offered. */
export function readBody(
  document: JsonObject,
  operation: JsonObject,
  accepted: readonly string[],
): OfferedBody | string | null {
  const described = dereferenced(document, operation["requestBody"]);
  if (!isJsonObject(described)) return null;
  const content = contentOf(described);
  const type = ["application/json", formType].find((one) => isJsonObject(content.get(one)));
  const required = described["required"] === true;
  const types = [...content.keys()];
  // `required` is false where a document says nothing, and an upload without what is uploaded would write an empty file.
  if (type === undefined)
    return required || types.length > 0 ? `a body of the type ${types.join(", ") || "none"}` : null;
  if (!accepted.includes(type)) return `a body of the type ${type}, which the route does not accept`;
  const { schema = {} } = content.get(type) as JsonObject;
  const known = { type, isForm: type === formType, required, schema };
  const read = dereferenced(document, schema);
  const properties = propertiesOf(document, schema);
  if (properties === null || !isJsonObject(read)) {
    if (known.isForm) return "a form whose fields the document does not name";
    return { ...known, ...nothing, isWhole: true, takes: (name) => name === "body" };
  }
  return known.isForm ? form(document, known, properties) : json(document, known, read, properties);
}

type Known = Pick<OfferedBody, "type" | "isForm" | "required" | "schema">;

const nothing = { properties: {}, requiredProperties: [], additional: false } as const;

function json(document: JsonObject, known: Known, schema: JsonObject, all: JsonObject): OfferedBody {
  const sent = Object.entries(all).filter(([, property]) => {
    const read = dereferenced(document, property);
    return !isJsonObject(read) || read["readOnly"] !== true;
  });
  const properties = Object.fromEntries(sent);
  const { additionalProperties: additional = true } = schema;
  const takes = (name: string): boolean => additional !== false || Object.hasOwn(properties, name);
  return {
    ...known,
    isWhole: false,
    takes,
    properties,
    requiredProperties: requiredOf(schema, properties),
    additional,
  };
}

function form(document: JsonObject, known: Known, properties: JsonObject): OfferedBody | string {
  const nested = Object.entries(properties).find(([, property]) => {
    const kind = kindOf(document, property);
    return kind === null || kind === "object" || (kind === "array" && !isPlainList(document, property));
  });
  if (nested !== undefined) return `a form with the field ${nested[0]}, which is no text and no list of texts`;
  const read = dereferenced(document, known.schema);
  const requiredProperties = requiredOf(isJsonObject(read) ? read : {}, properties);
  const takes = (name: string): boolean => Object.hasOwn(properties, name);
  return { ...known, isWhole: false, takes, properties, requiredProperties, additional: false };
}

function isPlainList(document: JsonObject, property: JsonValue): boolean {
  const read = dereferenced(document, property);
  return isJsonObject(read) && kindOf(document, read["items"]) === "scalar";
}

function requiredOf({ required }: JsonObject, properties: JsonObject): string[] {
  if (!Array.isArray(required)) return [];
  return (required as readonly JsonValue[]).filter(
    (name): name is string => typeof name === "string" && Object.hasOwn(properties, name),
  );
}
