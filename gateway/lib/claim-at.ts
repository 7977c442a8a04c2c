import type { JsonObject, JsonValue } from "./json.ts";
import { pointerSteps } from "./json-pointer.ts";

/** The claim of that name, or at that JSON pointer (RFC 6901) when the name begins with "/"; null when absent. */
export function claimAt(claims: JsonObject, name: string): JsonValue {
  return claimSteps(name).reduce<JsonValue>((value, step) => own(value, step), claims);
}

/** The keys that lead to a claim of that name. */
export function claimSteps(name: string): readonly string[] {
  return name.startsWith("/") ? pointerSteps(name) : [name];
}

function own(value: JsonValue, name: string): JsonValue {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return null;
  return (value as JsonObject)[name] ?? null;
}
