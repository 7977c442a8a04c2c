import { isExactNumber, isJsonObject, type JsonObject, type JsonValue } from "./json.ts";

/** What comes to a place: a value, or nothing. `adds`: also where the last name of the path is not there yet. */
export type Change = { readonly to: JsonValue; readonly adds: boolean } | { readonly to: undefined };

/** A copy with the change at the end of a path (see `pointerSteps`), or the same value when it leads nowhere. Items of lists become null. */
export function changedAt(value: JsonValue, [head, ...rest]: readonly string[], change: Change): JsonValue {
  if (head === undefined || typeof value !== "object" || value === null || isExactNumber(value)) return value;
  const child = childOf(value, head);
  if (child === undefined && !(rest.length === 0 && isJsonObject(value) && change.to !== undefined && change.adds))
    return value;
  const next = rest.length === 0 ? change.to : changedAt(child as JsonValue, rest, change);
  if (next === child) return value;
  if (Array.isArray(value))
    return value.map((item: JsonValue, index) => (index === Number(head) ? (next ?? null) : item));
  if (!isJsonObject(value)) return value;
  const { [head]: _old, ...others } = value;
  return next === undefined ? others : { ...value, [head]: next };
}

function childOf(value: JsonObject | readonly JsonValue[], name: string): JsonValue | undefined {
  if (Array.isArray(value)) return /^\d+$/.test(name) ? (value as readonly JsonValue[])[Number(name)] : undefined;
  return Object.hasOwn(value, name) ? (value as JsonObject)[name] : undefined;
}
