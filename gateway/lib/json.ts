/** A JSON value as RFC 8259 knows it; objects keep insertion order. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: JsonValue;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Freezes a value deeply. A value that is frozen already is assumed to be deeply frozen. */
export function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) deepFreeze(part);
  return value;
}

/** The keys that a JSON pointer (RFC 6901) leads through, without their escapes; none for the whole document. */
export function pointerSteps(pointer: string): string[] {
  return pointer.split("/").slice(1).map(unescapedStep);
}

/** One step of a pointer as the key that it stands for. */
export function unescapedStep(step: string): string {
  return step.replaceAll("~1", "/").replaceAll("~0", "~");
}

/** A key as one step of a pointer. */
export function escapedStep(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}

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
