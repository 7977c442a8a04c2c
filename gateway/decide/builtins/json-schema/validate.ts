import type { Value } from "../../value.ts";
import { RegoObject, integerOf, isNumber } from "../../value.ts";
import { matchesRegexp } from "../go/regexp.ts";
import { isArray } from "../operands.ts";
import type { BuiltinContext } from "../types.ts";
import { canonicalText } from "./canonical.ts";
import { checkNumber } from "./check-number.ts";
import { hasFormat } from "./formats.ts";
import { Outcome, ROOT } from "./outcome.ts";
import type { Problem, Schema } from "./schema.ts";

export function validateDocument(context: BuiltinContext, schema: Schema, document: Value): readonly Problem[] {
  return new Validator(context).sub(schema, document, ROOT).problems;
}

function typeOf(value: Value): string {
  if (value === null) return "null";
  if (typeof value === "boolean" || typeof value === "string") return typeof value;
  if (isNumber(value)) return integerOf(value) === undefined ? "number" : "integer";
  return isArray(value) ? "array" : "object";
}

/** Schemas within schemas, some of which look at the same place of the document. The thread's stack has room for more. */
const MOST_DEPTH = 1_000;

class Validator {
  readonly #context: BuiltinContext;
  #depth = 0;

  constructor(context: BuiltinContext) {
    this.#context = context;
  }

  sub(schema: Schema, value: Value, path: string): Outcome {
    const outcome = new Outcome();
    this.#run(schema, value, outcome, path);
    return outcome;
  }

  #run(schema: Schema, value: Value, outcome: Outcome, path: string): void {
    this.#context.charge(50);
    // A schema that refers to itself for the same value has no end: the rest of the fuel is what it would take.
    if (this.#depth >= MOST_DEPTH) this.#context.charge(Infinity);
    this.#depth += 1;
    this.#check(schema, value, outcome, path);
    this.#depth -= 1;
  }

  #check(schema: Schema, value: Value, outcome: Outcome, path: string): void {
    if (schema.pass === false) outcome.add("false", path, "False always fails validation");
    if (schema.pass !== undefined) return;
    if (schema.reference !== undefined) return this.#run(schema.reference, value, outcome, path);
    const given = typeOf(value);
    const allowed = schema.types.includes(given) || (given === "integer" && schema.types.includes("number"));
    if (schema.types.length > 0 && !allowed) {
      const expected = schema.types.length === 1 ? schema.types[0] : `[${schema.types.join(",")}]`;
      outcome.add("invalid_type", path, `Invalid type. Expected: ${expected}, given: ${given}`);
      return;
    }
    this.#combined(schema, value, outcome, path);
    if (isNumber(value)) checkNumber(schema, value, outcome, path);
    else if (isArray(value)) this.#array(schema, value, outcome, path);
    else if (value instanceof RegoObject) this.#object(schema, value, outcome, path);
    this.#common(schema, value, outcome, path);
    if (typeof value === "string") this.#string(schema, value, outcome, path);
    if (value instanceof RegoObject) this.#properties(schema, value, outcome, path);
    outcome.score += 1;
  }

  #combined(schema: Schema, value: Value, outcome: Outcome, path: string): void {
    this.#alternatives(schema, value, outcome, path);
    const all = schema.allOf.map((item) => this.sub(item, value, path));
    for (const result of all) outcome.merge(result);
    if (all.some((result) => !result.valid))
      outcome.add("number_all_of", path, "Must validate all the schemas (allOf)");
    if (schema.not !== undefined && this.sub(schema.not, value, path).valid) {
      outcome.add("number_not", path, "Must not validate the schema (not)");
    }
    this.#dependencies(schema, value, outcome, path);
    this.#conditional(schema, value, outcome, path);
    outcome.score += 1;
  }

  #alternatives(schema: Schema, value: Value, outcome: Outcome, path: string): void {
    if (schema.anyOf.length > 0) {
      const results = schema.anyOf.map((item) => this.sub(item, value, path));
      if (!results.some((result) => result.valid)) {
        outcome.add("number_any_of", path, "Must validate at least one schema (anyOf)");
        outcome.merge(best(results));
      }
    }
    if (schema.oneOf.length === 0) return;
    const results = schema.oneOf.map((item) => this.sub(item, value, path));
    const matching = results.filter((result) => result.valid).length;
    if (matching === 1) return;
    outcome.add("number_one_of", path, "Must validate one and only one schema (oneOf)");
    if (matching === 0) outcome.merge(best(results));
  }

  #dependencies(schema: Schema, value: Value, outcome: Outcome, path: string): void {
    if (!(value instanceof RegoObject)) return;
    for (const [key, dependency] of schema.dependencies) {
      if (!value.has(key)) continue;
      if (!isNameList(dependency)) this.#run(dependency, value, outcome, path);
      else {
        for (const name of dependency.filter((needed) => !value.has(needed))) {
          outcome.add("missing_dependency", path, `Has a dependency on ${name}`);
        }
      }
    }
  }

  #conditional(schema: Schema, value: Value, outcome: Outcome, path: string): void {
    if (schema.if === undefined) return;
    const holds = this.sub(schema.if, value, path).valid;
    const branch = holds ? schema.then : schema.else;
    const result = branch === undefined ? undefined : this.sub(branch, value, path);
    if (result === undefined || result.valid) return;
    if (holds) outcome.add("condition_then", path, 'Must validate "then" as "if" was valid');
    else outcome.add("condition_else", path, 'Must validate "else" as "if" was not valid');
    outcome.merge(result);
  }

  #common(schema: Schema, value: Value, outcome: Outcome, path: string): void {
    if (schema.const !== undefined && canonicalText(value) !== schema.const) {
      outcome.add("const", path, `{{field}} does not match: ${schema.const}`);
    }
    if (schema.enum !== undefined && !schema.enum.includes(canonicalText(value))) {
      outcome.add("enum", path, `{{field}} must be one of the following: ${schema.enum.join(", ")}`);
    }
    if (schema.format !== undefined && typeof value === "string" && !hasFormat(schema.format, value)) {
      outcome.add("format", path, `Does not match format '${schema.format}'`);
    }
    outcome.score += 1;
  }

  #array(schema: Schema, value: readonly Value[], outcome: Outcome, path: string): void {
    for (const [index, item] of value.entries()) {
      const rule = itemRule(schema, index);
      if (rule === undefined || rule === true) continue;
      if (rule !== false) outcome.merge(this.sub(rule, item, `${path}.${index}`));
      else {
        outcome.add("array_no_additional_items", path, "No additional items allowed on array");
        break;
      }
    }
    const { minItems = 0, maxItems = Infinity } = schema.limits;
    if (value.length < minItems) outcome.add("array_min_items", path, `Array must have at least ${minItems} items`);
    if (value.length > maxItems) outcome.add("array_max_items", path, `Array must have at most ${maxItems} items`);
    if (schema.uniqueItems) checkUnique(value, outcome, path);
    if (schema.contains !== undefined) this.#contains(schema.contains, value, outcome, path);
    outcome.score += 1;
  }

  #contains(schema: Schema, value: readonly Value[], outcome: Outcome, path: string): void {
    const results = value.map((item, index) => this.sub(schema, item, `${path}.${index}`));
    if (results.some((result) => result.valid)) return;
    outcome.add("contains", path, "At least one of the items must match");
    if (results.length > 0) outcome.merge(best(results));
  }

  #object(schema: Schema, value: RegoObject, outcome: Outcome, path: string): void {
    const { minProperties = 0, maxProperties = Infinity } = schema.limits;
    if (value.size < minProperties)
      outcome.add("array_min_properties", path, `Must have at least ${minProperties} properties`);
    if (value.size > maxProperties)
      outcome.add("array_max_properties", path, `Must have at most ${maxProperties} properties`);
    for (const name of schema.required) {
      if (value.has(name)) outcome.score += 1;
      else outcome.add("required", path, `${name} is required`);
    }
    for (const [key, item] of value.entries()) this.#additional(schema, String(key), item, outcome, path);
    if (schema.propertyNames !== undefined) {
      for (const key of value.keys()) {
        const result = this.sub(schema.propertyNames, key, path);
        if (result.valid) continue;
        outcome.add("invalid_property_name", path, `Property name of "${String(key)}" does not match`);
        outcome.merge(result);
      }
    }
    outcome.score += 1;
  }

  #additional(schema: Schema, key: string, item: Value, outcome: Outcome, path: string): void {
    let matched = false;
    for (const [pattern, rule] of schema.patternProperties) {
      this.#context.charge(50 + key.length * 4);
      if (!matchesRegexp(pattern, key)) continue;
      matched = true;
      outcome.merge(this.sub(rule, item, `${path}.${key}`));
    }
    if (matched) outcome.score += 1;
    const rule = schema.additionalProperties;
    if (matched || schema.properties.has(key) || rule === undefined || rule === true) return;
    if (rule === false) {
      outcome.add("additional_property_not_allowed", path, `Additional property ${key} is not allowed`);
    } else outcome.merge(this.sub(rule, item, `${path}.${key}`));
  }

  #properties(schema: Schema, value: RegoObject, outcome: Outcome, path: string): void {
    for (const [name, rule] of schema.properties) {
      const item = value.get(name);
      if (item !== undefined) this.#run(rule, item, outcome, `${path}.${name}`);
    }
  }

  #string(schema: Schema, value: string, outcome: Outcome, path: string): void {
    const { minLength = 0, maxLength = Infinity } = schema.limits;
    const length = Array.from(value).length;
    if (length < minLength)
      outcome.add("string_gte", path, `String length must be greater than or equal to ${minLength}`);
    if (length > maxLength) outcome.add("string_lte", path, `String length must be less than or equal to ${maxLength}`);
    if (schema.pattern !== undefined) {
      this.#context.charge(value.length * (4 + schema.pattern.length / 4));
      if (!matchesRegexp(schema.pattern, value))
        outcome.add("pattern", path, `Does not match pattern '${schema.pattern}'`);
    }
    outcome.score += 1;
  }
}

function isNameList(dependency: readonly string[] | Schema): dependency is readonly string[] {
  return Array.isArray(dependency);
}

function best(results: readonly Outcome[]): Outcome {
  return results.reduce((most, result) => (result.score > most.score ? result : most));
}

function itemRule(schema: Schema, index: number): boolean | Schema | undefined {
  const { items } = schema;
  if (!Array.isArray(items)) return items as Schema | undefined;
  const list = items as readonly Schema[];
  return list.length === 0 ? undefined : (list[index] ?? schema.additionalItems);
}

function checkUnique(value: readonly Value[], outcome: Outcome, path: string): void {
  const seen = new Map<string, number>();
  for (const [index, item] of value.entries()) {
    const text = canonicalText(item);
    const before = seen.get(text);
    if (before !== undefined) outcome.add("unique", path, `array items[${before},${index}] must be unique`);
    seen.set(text, index);
  }
}
