import type { NumberValue, Value } from "../../value.ts";
import { type RegoObject, compareNumbers, isNumber, numberText } from "../../value.ts";
import { compileRegexp } from "../go/regexp.ts";
import { isArray } from "../operands.ts";
import { BuiltinError } from "../types.ts";
import { canonicalText } from "./canonical.ts";
import type { Limit, Schema } from "./schema.ts";
import { LIMITS, invalidType } from "./schema.ts";

/** Keywords whose values hold no schemas, read in OPA's order: the first error is the one that is reported. */

const TYPES = ["array", "boolean", "integer", "number", "null", "object", "string"];
const INT64 = 1n << 63n;

export function text(node: RegoObject, name: string): string | undefined {
  const value = node.get(name);
  if (value === undefined || typeof value === "string") return value;
  throw invalidType("string", name);
}

/** Of a keyword, null included, or what stands for it when it is not there. */
export function valueOr(node: RegoObject, name: string, absent: Value): Value {
  const value = node.get(name);
  return value === undefined ? absent : value;
}

export function list(node: RegoObject, name: string): readonly Value[] {
  const value = valueOr(node, name, []);
  if (!isArray(value)) throw new BuiltinError(`${name} must be of an array`);
  return value;
}

export function validRegexp(pattern: string, message: string): void {
  try {
    compileRegexp(pattern);
  } catch (error) {
    throw error instanceof BuiltinError ? new BuiltinError(message) : error;
  }
}

export function typeKeyword(node: RegoObject, schema: Schema): void {
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

export function numberKeywords(node: RegoObject, schema: Schema, draft: number): void {
  const multiple = node.get("multipleOf");
  if (multiple !== undefined) {
    if (!isNumber(multiple)) throw invalidType("Number", "multipleOf");
    if (compareNumbers(multiple, 0) <= 0) throw new BuiltinError("multipleOf must be strictly greater than 0");
    schema.multipleOf = multiple;
  }
  boundKeywords(node, schema, draft, "minimum", "exclusiveMinimum");
  boundKeywords(node, schema, draft, "maximum", "exclusiveMaximum");
}

function boundKeywords(
  node: RegoObject,
  schema: Schema,
  draft: number,
  plain: "minimum" | "maximum",
  exclusive: "exclusiveMinimum" | "exclusiveMaximum",
): void {
  const bound = numberOf(node, plain);
  if (bound !== undefined) schema[plain] = bound;
  const value = node.get(exclusive);
  if (value === undefined) return;
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

function numberOf(node: RegoObject, name: string): NumberValue | undefined {
  const value = node.get(name);
  if (value === undefined || isNumber(value)) return value;
  throw new BuiltinError(`${name} must be of a Number`);
}

/** The least and the greatest length, count of properties or of items. */
export function limitKeywords(node: RegoObject, schema: Schema, kind: "Length" | "Properties" | "Items"): void {
  for (const name of LIMITS.filter((limit) => limit.endsWith(kind))) readLimit(node, schema, name);
  const { [`min${kind}` as const]: least, [`max${kind}` as const]: most } = schema.limits;
  if (kind !== "Items" && least !== undefined && most !== undefined && least > most) {
    throw new BuiltinError(`min${kind} cannot be greater than max${kind}`);
  }
}

/** Only digits count as an integer here, not 1.0 or 1e0. */
function readLimit(node: RegoObject, schema: Schema, name: Limit): void {
  const value = node.get(name);
  if (value === undefined) return;
  const digits = isNumber(value) ? numberText(value) : "";
  const integer = /^-?\d+$/.test(digits) ? BigInt(digits) : INT64;
  if (integer >= INT64 || integer < -INT64) throw new BuiltinError(`${name} must be of an integer`);
  if (integer < 0n) throw new BuiltinError(`${name} must be greater than or equal to 0`);
  schema.limits[name] = Number(integer);
}

export function textKeywords(node: RegoObject, schema: Schema): void {
  const pattern = text(node, "pattern");
  if (pattern !== undefined) {
    validRegexp(pattern, "pattern must be a valid regex");
    schema.pattern = pattern;
  }
  const format = text(node, "format");
  if (format !== undefined) schema.format = format;
}

export function requiredKeyword(node: RegoObject, schema: Schema): void {
  for (const name of list(node, "required")) {
    if (typeof name !== "string") throw invalidType("string", "required");
    if (schema.required.includes(name)) throw new BuiltinError("required items must be unique");
    schema.required.push(name);
  }
}

export function uniqueKeyword(node: RegoObject, schema: Schema): void {
  const unique = valueOr(node, "uniqueItems", false);
  if (typeof unique !== "boolean") throw new BuiltinError("uniqueItems must be of a boolean");
  schema.uniqueItems = unique;
}

export function literalKeywords(node: RegoObject, schema: Schema, draft: number): void {
  const constant = node.get("const");
  if (constant !== undefined && draft >= 6) schema.const = canonicalText(constant);
  if (!node.has("enum")) return;
  const texts = list(node, "enum").map(canonicalText);
  if (new Set(texts).size < texts.length) throw new BuiltinError("enum items must be unique");
  schema.enum = texts;
}
