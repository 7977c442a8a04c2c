import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import { dereferenced } from "../../parse/openapi/document.ts";

/** Members that OpenAPI adds to JSON Schema, and that nobody but it reads. */
const ofOpenapi: ReadonlySet<string> = new Set(["example", "xml", "externalDocs", "discriminator", "nullable"]);

/** Members whose values are schemas by name; their names are not members of a schema. */
const byName: ReadonlySet<string> = new Set([
  "properties",
  "patternProperties",
  "$defs",
  "definitions",
  "dependentSchemas",
]);
/** Members whose values are no schemas. */
const plain: ReadonlySet<string> = new Set(["enum", "const", "default", "examples", "required", "type"]);

/**
 * Schemas of an OpenAPI 3.x document as JSON Schema that stands by itself: what they refer to comes along, below `$defs`.
 * One instance for one tool's schema.
 */
export class StandaloneSchemas {
  readonly #document: JsonObject;
  /** Name below `$defs`, by reference. */
  readonly #names = new Map<string, string>();
  readonly #defs = new Map<string, JsonValue>();
  readonly #isThreeZero: boolean;

  constructor(document: JsonObject) {
    this.#document = document;
    this.#isThreeZero = String(document["openapi"]).startsWith("3.0");
  }

  /** What the schemas written so far refer to; null for nothing. */
  get defs(): JsonObject | null {
    return this.#defs.size === 0 ? null : Object.fromEntries(this.#defs);
  }

  /** @throws Error naming a reference that leads out of the document or nowhere */
  write(schema: JsonValue): JsonValue {
    if (Array.isArray(schema)) return (schema as readonly JsonValue[]).map((one) => this.write(one));
    if (!isJsonObject(schema)) return schema;
    const { $ref } = schema;
    const members = Object.entries(schema).flatMap(([key, value]) => this.#member(key, value));
    const written: JsonObject = Object.fromEntries(members);
    if (typeof $ref === "string") return { ...(this.#isThreeZero ? {} : written), $ref: this.#reference($ref) };
    return this.#isThreeZero ? inThreeOne(schema, written) : written;
  }

  #member(key: string, value: JsonValue): [string, JsonValue][] {
    if (ofOpenapi.has(key) || key.startsWith("x-") || key === "$ref") return [];
    if (plain.has(key)) return [[key, value]];
    if (byName.has(key) && isJsonObject(value))
      return [[key, Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, this.write(inner)]))]];
    return [[key, this.write(value)]];
  }

  #reference($ref: string): string {
    const known = this.#names.get($ref);
    if (known !== undefined) return `#/$defs/${known}`;
    const found = dereferenced(this.#document, { $ref });
    if (found === undefined || (isJsonObject(found) && typeof found["$ref"] === "string"))
      throw new Error(`it refers to ${$ref}, which is not in the document`);
    const name = this.#freeName($ref);
    this.#names.set($ref, name);
    // Its place is taken before it is written: it may refer to itself.
    this.#defs.set(name, true);
    this.#defs.set(name, this.write(found));
    return `#/$defs/${name}`;
  }

  #freeName($ref: string): string {
    const plainName = ($ref.split("/").at(-1) ?? "").replaceAll(/[^A-Za-z0-9_.-]/g, "_") || "schema";
    let name = plainName;
    for (let at = 2; this.#defs.has(name); at += 1) name = `${plainName}_${at}`;
    return name;
  }
}

/** OpenAPI 3.0 has `nullable`, and limits that say in a member of their own whether they count themselves. */
function inThreeOne({ nullable }: JsonObject, written: JsonObject): JsonObject {
  const { exclusiveMinimum, exclusiveMaximum, ...rest } = written;
  const result: Record<string, JsonValue> = { ...rest };
  for (const [exclusive, limit, flag] of [
    ["exclusiveMinimum", "minimum", exclusiveMinimum],
    ["exclusiveMaximum", "maximum", exclusiveMaximum],
  ] as const) {
    if (flag === true && rest[limit] !== undefined) {
      result[exclusive] = rest[limit];
      delete result[limit];
    } else if (typeof flag === "number") result[exclusive] = flag;
  }
  if (nullable !== true || typeof result["type"] !== "string") return result;
  const { enum: values } = result;
  const withNull = Array.isArray(values) && !values.includes(null) ? { enum: [...(values as JsonValue[]), null] } : {};
  return { ...result, ...withNull, type: [result["type"], "null"] };
}
