import { isJsonObject, type JsonObject, type JsonValue } from "../lib/json.ts";
import { pointerSteps } from "../lib/json-pointer.ts";

export interface Masked {
  readonly value: JsonValue;
  /** Pointers that were there and are gone. */
  readonly erased: readonly string[];
}

/** Removes what JSON pointers (RFC 6901) name from a copy of the document; the document itself stays as judged. */
export function mask(document: JsonValue, pointers: readonly string[]): Masked {
  let value = document;
  const erased: string[] = [];
  for (const pointer of pointers) {
    const without = remove(value, pointerSteps(pointer));
    if (without === value) continue;
    value = without;
    erased.push(`/input${pointer}`);
  }
  return { value, erased };
}

/** A copy without the member, or the same value when the path leads nowhere. */
function remove(value: JsonValue, [head, ...rest]: readonly string[]): JsonValue {
  if (head === undefined || typeof value !== "object" || value === null) return value;
  const child = Array.isArray(value) ? value[Number(head)] : (value as JsonObject)[head];
  if (child === undefined) return value;
  const next = rest.length === 0 ? undefined : remove(child, rest);
  if (next === child) return value;
  if (Array.isArray(value))
    return value.map((item: JsonValue, index) => (index === Number(head) ? (next ?? null) : item));
  if (!isJsonObject(value)) return value;
  const { [head]: _gone, ...others } = value;
  return next === undefined ? others : { ...value, [head]: next };
}
