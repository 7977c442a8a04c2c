import type { JsonObject, JsonValue } from "./json.ts";

/** The claim of that name, or at that JSON pointer (RFC 6901) when the name begins with "/"; null when absent. */
export function claimAt(claims: JsonObject, name: string): JsonValue {
  if (!name.startsWith("/")) return own(claims, name);
  const steps = name
    .slice(1)
    .split("/")
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  return steps.reduce<JsonValue>((value, step) => own(value, step), claims);
}

function own(value: JsonValue, name: string): JsonValue {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return null;
  return (value as JsonObject)[name] ?? null;
}
