import type { JsonObject, JsonValue } from "../lib/json.ts";
import { jsonSchema } from "./builtins/json-schema.ts";
import type { BuiltinContext } from "./builtins/types.ts";

/** Steps of one check; a schema of a tool server must not cost more. */
const mostSteps = 2_000_000;

/**
 * Whether a value fits a JSON Schema, by the same reader as `json.match_schema`. False when that cannot be told: for a schema that is
 * none, or that takes too long. Regular expressions in it are those of RE2.
 */
export function fitsSchema(schema: JsonObject, value: JsonValue): boolean {
  let left = mostSteps;
  const context: BuiltinContext = {
    nowNs: 0n,
    cache: new Map(),
    charge(units) {
      left -= units;
      if (left < 0) throw new Error("the check takes too long");
    },
    random: () => new Uint8Array(0),
    print: () => {},
  };
  try {
    // As texts: a value of Rego would have lost the digits of large numbers.
    const answer = jsonSchema["json.match_schema"]?.(context, JSON.stringify(value), JSON.stringify(schema));
    return Array.isArray(answer) && answer[0] === true;
  } catch {
    return false;
  }
}
