import type { Value } from "../../value.ts";
import { RegoObject } from "../../value.ts";
import { isArray } from "../operands.ts";
import type { BuiltinContext } from "../types.ts";
import { BuiltinError } from "../types.ts";
import {
  limitKeywords,
  list,
  literalKeywords,
  numberKeywords,
  requiredKeyword,
  text,
  textKeywords,
  typeKeyword,
  uniqueKeyword,
  validRegexp,
  valueOr,
} from "./keywords.ts";
import { References } from "./references.ts";
import type { Schema } from "./schema.ts";
import { emptySchema, invalidType } from "./schema.ts";
import { parseUrl, urlText } from "./url.ts";

const DRAFT = /^http:\/\/json-schema\.org\/draft-0([467])\/schema$/;

/** @throws BuiltinError with the message of OPA for the first thing wrong with the schema */
export function compileSchema(context: BuiltinContext, document: Value): Schema {
  if (!(document instanceof RegoObject) && typeof document !== "boolean") throw new BuiltinError("schema is invalid");
  const draft = draftOf(document);
  return new Compiler(context, new References(context, document), draft).schema(document);
}

/** 4, 6 or 7 as `$schema` says; Infinity, for all of them together, when it says nothing that is known. */
function draftOf(root: RegoObject | boolean): number {
  const declared = root instanceof RegoObject ? root.get("$schema") : undefined;
  if (declared === undefined) return Infinity;
  if (typeof declared !== "string") throw new BuiltinError("$schema must be of type string");
  const draft = DRAFT.exec(urlText(parseUrl(declared)))?.[1];
  return draft === undefined ? Infinity : Number(draft);
}

class Compiler {
  readonly #context: BuiltinContext;
  readonly #references: References;
  readonly #draft: number;
  readonly #byReference = new Map<string, Schema>();

  constructor(context: BuiltinContext, references: References, draft: number) {
    this.#context = context;
    this.#references = references;
    this.#draft = draft;
  }

  schema(node: Value, schema = emptySchema()): Schema {
    this.#context.charge(100);
    if (typeof node === "boolean" && this.#draft >= 6) return Object.assign(schema, { pass: node });
    if (!(node instanceof RegoObject)) throw new BuiltinError("Expected: Valid Schema, given: Invalid JSON");
    // Draft 4 calls it id, later ones $id; without a draft id comes first.
    const id = text(node, this.#draft === 4 || (this.#draft === Infinity && node.has("id")) ? "id" : "$id");
    if (id !== undefined) parseUrl(id);
    this.#definitions(node);
    for (const name of ["title", "description"]) text(node, name);
    if (this.#reference(node, schema)) return schema;
    typeKeyword(node, schema);
    this.#objectKeywords(node, schema);
    this.#arrayKeywords(node, schema);
    numberKeywords(node, schema, this.#draft);
    limitKeywords(node, schema, "Length");
    textKeywords(node, schema);
    limitKeywords(node, schema, "Properties");
    requiredKeyword(node, schema);
    limitKeywords(node, schema, "Items");
    uniqueKeyword(node, schema);
    const contains = node.get("contains");
    if (contains !== undefined && this.#draft >= 6) schema.contains = this.schema(contains);
    literalKeywords(node, schema, this.#draft);
    this.#combinators(node, schema);
    return schema;
  }

  /** What stands beside a reference is read only when another reference led to the same place before; it never counts. @returns whether the schema is done */
  #reference(node: RegoObject, schema: Schema): boolean {
    const written = text(node, "$ref");
    if (written === undefined) return false;
    const reference = urlText(parseUrl(this.#references.absolute(node, written)));
    const known = this.#byReference.get(reference);
    schema.reference = known ?? emptySchema();
    if (known !== undefined) return false;
    this.#byReference.set(reference, schema.reference);
    const target = this.#references.resolve(reference);
    if (!isSchema(target)) throw new BuiltinError("Valid Schema must be of type object");
    this.schema(target, schema.reference);
    return true;
  }

  #definitions(node: RegoObject): void {
    const definitions = node.get("definitions");
    if (definitions === undefined) return;
    if (!(definitions instanceof RegoObject)) throw invalidType("Array Of Schemas", "definitions");
    for (const item of definitions.values()) {
      if (!isSchema(item)) throw invalidType("Array Of Schemas", "definitions");
      this.schema(item);
    }
  }

  #objectKeywords(node: RegoObject, schema: Schema): void {
    const properties = valueOr(node, "properties", new RegoObject());
    if (!(properties instanceof RegoObject)) throw new BuiltinError("Properties must be of type object");
    schema.properties = this.#map(properties);
    const additional = node.get("additionalProperties");
    if (additional !== undefined)
      schema.additionalProperties = this.#booleanOrSchema(additional, "additionalProperties");
    const patterns = valueOr(node, "patternProperties", new RegoObject());
    if (!(patterns instanceof RegoObject)) throw invalidType("Valid Schema", "patternProperties");
    for (const pattern of patterns.keys()) {
      validRegexp(String(pattern), `Invalid regex pattern '${String(pattern)}'`);
    }
    schema.patternProperties = this.#map(patterns);
    const names = node.get("propertyNames");
    if (names !== undefined && this.#draft >= 6) {
      if (!isSchema(names)) throw invalidType("Valid Schema", "patternProperties");
      schema.propertyNames = this.schema(names);
    }
    this.#dependencies(node, schema);
  }

  #dependencies(node: RegoObject, schema: Schema): void {
    const dependencies = valueOr(node, "dependencies", new RegoObject());
    if (!(dependencies instanceof RegoObject)) throw new BuiltinError("dependencies must be of type object");
    for (const [key, value] of dependencies.entries()) {
      if (!isSchema(value) && !isNames(value)) {
        throw new BuiltinError("Dependency must be of type Schema Or Array Of Strings");
      }
      schema.dependencies.set(String(key), isSchema(value) ? this.schema(value) : value);
    }
  }

  #map(members: RegoObject): Map<string, Schema> {
    return new Map(members.entries().map(([key, value]) => [String(key), this.schema(value)]));
  }

  #booleanOrSchema(value: Value, name: string): boolean | Schema {
    if (typeof value === "boolean") return value;
    if (value instanceof RegoObject) return this.schema(value);
    throw invalidType("boolean/Valid Schema", name);
  }

  #arrayKeywords(node: RegoObject, schema: Schema): void {
    const items = node.get("items");
    if (isArray(items)) schema.items = items.map((item) => this.#item(item));
    else if (items !== undefined) schema.items = this.#item(items);
    const additional = node.get("additionalItems");
    if (additional !== undefined) schema.additionalItems = this.#booleanOrSchema(additional, "additionalItems");
  }

  #item(item: Value): Schema {
    if (!isSchema(item)) throw invalidType("Valid Schema/Array Of Schemas", "items");
    return this.schema(item);
  }

  #combinators(node: RegoObject, schema: Schema): void {
    for (const name of ["oneOf", "anyOf", "allOf"] as const) {
      schema[name] = list(node, name).map((item) => this.schema(item));
    }
    const single = this.#draft >= 7 ? (["not", "if", "then", "else"] as const) : (["not"] as const);
    for (const name of single) {
      const value = node.get(name);
      if (value === undefined) continue;
      if (!isSchema(value)) throw new BuiltinError(`${name} must be of an object`);
      schema[name] = this.schema(value);
    }
  }
}

function isSchema(value: Value): value is RegoObject | boolean {
  return typeof value === "boolean" || value instanceof RegoObject;
}

function isNames(value: Value): value is readonly string[] {
  return isArray(value) && value.every((item) => typeof item === "string");
}
