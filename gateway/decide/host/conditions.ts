import type { JsonObject, JsonValue } from "../../domain/json.ts";
import type { Condition, DataStep } from "../../domain/projection.ts";

/** Whether every condition may hold. In doubt it does: sending too much costs time, too little would be another input. */
export function holdsFor(conditions: readonly Condition[], document: JsonValue, data: JsonObject): boolean {
  for (const condition of conditions) {
    if ("data" in condition ? !isThere(condition.data, document, data) : !fits(condition, document)) return false;
  }
  return true;
}

function fits({ at, is, not }: Extract<Condition, { readonly at: unknown }>, document: JsonValue): boolean {
  return (valueAt(document, at) === is) !== not;
}

function isThere(path: readonly DataStep[], document: JsonValue, data: JsonValue): boolean {
  let found = data;
  for (const step of path) {
    if (typeof found !== "object" || found === null) return false;
    if (step === null) return Object.keys(found).length > 0;
    const name = typeof step === "string" ? step : valueAt(document, step);
    if (name === undefined) return false;
    // Lists are looked up by numbers, and other names than texts are not worth knowing here.
    if (typeof name !== "string" || Array.isArray(found)) return true;
    if (!Object.hasOwn(found, name)) return false;
    found = (found as JsonObject)[name] as JsonValue;
  }
  return true;
}

export function valueAt(value: JsonValue, path: readonly string[]): JsonValue | undefined {
  let found: JsonValue | undefined = value;
  for (const name of path) {
    if (typeof found !== "object" || found === null || Array.isArray(found) || !Object.hasOwn(found, name))
      return undefined;
    found = (found as Readonly<Record<string, JsonValue>>)[name];
  }
  return found;
}
