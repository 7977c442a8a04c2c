import type { NumberValue, Value } from "../../value.ts";
import { RegoObject, compareNumbers, integerOf, isNumber } from "../../value.ts";
import { compileRegexp } from "../go/regexp.ts";
import { isArray } from "../operands.ts";
import { checkUrl } from "../uri.ts";
import type { BuiltinContext } from "../types.ts";
import { BuiltinError } from "../types.ts";
import { canonicalText } from "./canonical.ts";
import { References } from "./references.ts";
import type { Schema } from "./schema.ts";
import { LIMITS, emptySchema, invalidType } from "./schema.ts";

const TYPES = ["array", "boolean", "integer", "number", "null", "object", "string"];
const DRAFT = /^https?:\/\/json-schema\.org\/draft-0([467])\/schema#?$/;

/** @throws BuiltinError with the message of OPA for the first thing wrong with the schema */
export function compileSchema(context: BuiltinContext, document: Value): Schema {
  if (!(document instanceof RegoObject) && typeof document !== "boolean") throw new BuiltinError("schema is invalid");
  return new Compiler(context, document).schema(document);
}

class Compiler {
  readonly #context: BuiltinContext;
  readonly #references: References;
  readonly #draft: number;
  readonly #known = new Map<Value, Schema>();

  constructor(context: BuiltinContext, root: Value) {
    this.#context = context;
    this.#references = new References(root);
    const declared = root instanceof RegoObject ? root.get("$schema") : undefined;
    if (declared !== undefined && typeof declared !== "string")
      throw new BuiltinError("$schema must be of type string");
    const draft = typeof declared === "string" ? DRAFT.exec(declared)?.[1] : undefined;
    this.#draft = draft === undefined ? Infinity : Number(draft);
  }

  schema(node: Value): Schema {
    this.#context.charge(100);
    if (typeof node === "boolean" && this.#draft >= 6) return { ...emptySchema(), pass: node };
    if (!(node instanceof RegoObject)) throw new BuiltinError("Expected: Valid Schema, given: Invalid JSON");
    const known = this.#known.get(node);
    if (known !== undefined) return known;
    const schema = emptySchema();
    this.#known.set(node, schema);
    // Draft 4 calls it id, later ones $id; without a draft either counts.
    if (this.#draft !== 4) checkUrl(text(node, "$id"));
    if (this.#draft === 4 || this.#draft === Infinity) checkUrl(text(node, "id"));
    this.#definitions(node);
    const reference = text(node, "$ref");
    if (reference !== undefined) schema.reference = this.schema(this.#references.resolve(reference));
    else {
      this.#types(node, schema);
      this.#objectKeywords(node, schema);
      this.#arrayKeywords(node, schema);
      numberKeywords(node, schema, this.#draft);
      limitKeywords(node, schema);
      valueKeywords(node, schema, this.#draft);
      this.#combinators(node, schema);
    }
    return schema;
  }

  #definitions(node: RegoObject): void {
    const definitions = node.get("definitions");
    if (definitions === undefined) return;
    if (!(definitions instanceof RegoObject)) throw invalidType("Array Of Schemas", "definitions");
    for (const item of definitions.values()) this.schema(item);
  }

  #types(node: RegoObject, schema: Schema): void {
    const type = node.get("type");
    if (type === undefined) return;
    const names = typeof type === "string" ? [type] : type;
    if (!isArray(names)) throw invalidType("type", "string/Array Of Strings");
    for (const name of names) {
      if (typeof name !== "string") throw invalidType("type", "string/Array Of Strings");
      if (!TYPES.includes(name)) {
        const valid = TYPES.join(" ");
        throw new BuiltinError(
          `has a primitive type that is NOT VALID -- given: /${name}/ Expected valid values are:[${valid}]`,
        );
      }
      if (schema.types.includes(name)) throw new BuiltinError(`${name} type is duplicated`);
      schema.types.push(name);
    }
  }

  #objectKeywords(node: RegoObject, schema: Schema): void {
    schema.properties = this.#map(node, "properties");
    schema.patternProperties = this.#map(node, "patternProperties");
    for (const pattern of schema.patternProperties.keys()) {
      validRegexp(pattern, `Invalid regex pattern '${pattern}'`);
    }
    const additional = node.get("additionalProperties");
    if (additional !== undefined)
      schema.additionalProperties = this.#booleanOrSchema(additional, "additionalProperties");
    const names = node.get("propertyNames");
    if (names !== undefined && this.#draft >= 6) schema.propertyNames = this.schema(names);
    for (const name of list(node, "required")) {
      if (typeof name !== "string") throw invalidType("string", "required");
      if (schema.required.includes(name)) throw new BuiltinError("required items must be unique");
      schema.required.push(name);
    }
    const dependencies = node.get("dependencies") ?? new RegoObject();
    if (!(dependencies instanceof RegoObject)) throw new BuiltinError("dependencies must be of type object");
    for (const [key, value] of dependencies.entries()) {
      schema.dependencies.set(String(key), isArray(value) ? stringList(value) : this.schema(value));
    }
  }

  #map(node: RegoObject, name: string): Map<string, Schema> {
    const members = node.get(name) ?? new RegoObject();
    if (!(members instanceof RegoObject))
      throw new BuiltinError(`${name === "properties" ? "Properties" : name} must be of type object`);
    return new Map(members.entries().map(([key, value]) => [String(key), this.schema(value)]));
  }

  #booleanOrSchema(value: Value, name: string): boolean | Schema {
    if (typeof value === "boolean") return value;
    if (value instanceof RegoObject) return this.schema(value);
    throw invalidType("boolean/Valid Schema", name);
  }

  #arrayKeywords(node: RegoObject, schema: Schema): void {
    const items = node.get("items");
    const isItems = isArray(items) || items instanceof RegoObject || typeof items === "boolean";
    if (items !== undefined && !isItems) throw invalidType("Valid Schema/Array Of Schemas", "items");
    if (items !== undefined)
      schema.items = isArray(items) ? items.map((item) => this.schema(item)) : this.schema(items);
    const additional = node.get("additionalItems");
    if (additional !== undefined) schema.additionalItems = this.#booleanOrSchema(additional, "additionalItems");
    const contains = node.get("contains");
    if (contains !== undefined && this.#draft >= 6) schema.contains = this.schema(contains);
    const unique = node.get("uniqueItems") ?? false;
    if (typeof unique !== "boolean") throw new BuiltinError("uniqueItems must be of a boolean");
    schema.uniqueItems = unique;
  }

  #combinators(node: RegoObject, schema: Schema): void {
    for (const name of ["oneOf", "anyOf", "allOf"] as const) {
      schema[name] = list(node, name).map((item) => this.schema(item));
    }
    const single = this.#draft >= 7 ? (["not", "if", "then", "else"] as const) : (["not"] as const);
    for (const name of single) {
      const value = node.get(name);
      if (value === undefined) continue;
      if (typeof value !== "boolean" && !(value instanceof RegoObject)) {
        throw new BuiltinError(`${name} must be of an object`);
      }
      schema[name] = this.schema(value);
    }
  }
}

function text(node: RegoObject, name: string): string | undefined {
  const value = node.get(name);
  if (value === undefined || typeof value === "string") return value;
  throw invalidType("string", name);
}

function list(node: RegoObject, name: string): readonly Value[] {
  const value = node.get(name) ?? [];
  if (!isArray(value)) throw new BuiltinError(`${name} must be of an array`);
  return value;
}

function stringList(items: readonly Value[]): readonly string[] {
  if (items.every((item) => typeof item === "string")) return items;
  throw new BuiltinError("dependency must be of type schema or array of strings");
}

function validRegexp(pattern: string, message: string): void {
  try {
    compileRegexp(pattern);
  } catch (error) {
    throw error instanceof BuiltinError ? new BuiltinError(message) : error;
  }
}

function number(node: RegoObject, name: string): NumberValue | undefined {
  const value = node.get(name);
  if (value === undefined || isNumber(value)) return value;
  throw new BuiltinError(`${name} must be of a number`);
}

function numberKeywords(node: RegoObject, schema: Schema, draft: number): void {
  const multiple = node.get("multipleOf");
  if (multiple !== undefined) {
    if (!isNumber(multiple)) throw invalidType("number", "multipleOf");
    if (compareNumbers(multiple, 0) <= 0) throw new BuiltinError("multipleOf must be strictly greater than 0");
    schema.multipleOf = multiple;
  }
  for (const [plain, exclusive] of [
    ["minimum", "exclusiveMinimum"],
    ["maximum", "exclusiveMaximum"],
  ] as const) {
    const bound = number(node, plain);
    if (bound !== undefined) schema[plain] = bound;
    const value = node.get(exclusive);
    if (value === undefined) continue;
    // Draft 4 says "exclusive" by a flag beside the bound, later drafts by a bound of its own.
    if (typeof value === "boolean" && (draft === 4 || draft === Infinity)) {
      if (bound === undefined) throw new BuiltinError(`${exclusive} cannot be used without ${plain}`);
      if (value) {
        schema[exclusive] = bound;
        delete schema[plain];
      }
    } else if (isNumber(value) && draft !== 4) schema[exclusive] = value;
    else throw invalidType(draft === 4 ? "boolean" : draft === Infinity ? "boolean/number" : "number", exclusive);
  }
}

function limitKeywords(node: RegoObject, schema: Schema): void {
  for (const name of LIMITS) {
    const value = node.get(name);
    if (value === undefined) continue;
    const integer = isNumber(value) ? integerOf(value) : undefined;
    if (integer === undefined) throw new BuiltinError(`${name} must be of an integer`);
    if (integer < 0n) throw new BuiltinError(`${name} must be greater than or equal to 0`);
    schema.limits[name] = Number(integer);
  }
  for (const kind of ["Length", "Properties"] as const) {
    const least = schema.limits[`min${kind}`] ?? 0;
    if (least > (schema.limits[`max${kind}`] ?? Infinity)) {
      throw new BuiltinError(`min${kind} cannot be greater than max${kind}`);
    }
  }
}

function valueKeywords(node: RegoObject, schema: Schema, draft: number): void {
  const pattern = text(node, "pattern");
  if (pattern !== undefined) {
    validRegexp(pattern, "pattern must be a valid regex");
    schema.pattern = pattern;
  }
  const format = text(node, "format");
  if (format !== undefined) schema.format = format;
  const constant = node.get("const");
  if (constant !== undefined && draft >= 6) schema.const = canonicalText(constant);
  if (!node.has("enum")) return;
  const texts = list(node, "enum").map(canonicalText);
  if (new Set(texts).size < texts.length) throw new BuiltinError("enum items must be unique");
  schema.enum = texts;
}
