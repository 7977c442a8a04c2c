import type { Value } from "../../value.ts";
import { RegoObject, RegoSet } from "../../value.ts";

/** A node as OPA shows it: nulls, empty lists and empty objects are left out. */
export function node(members: Readonly<Record<string, Value | undefined>>): RegoObject {
  const object = new RegoObject();
  for (const [name, value] of Object.entries(members)) {
    if (value === undefined || value === null) continue;
    if (Array.isArray(value) && value.length === 0) continue;
    if ((value instanceof RegoObject || value instanceof RegoSet) && value.size === 0) continue;
    object.set(name, value);
  }
  return object;
}

/** Children that are not empty themselves. */
export function nodes<T>(items: readonly T[] | undefined, convert: (item: T) => RegoObject): Value {
  return (items ?? []).map(convert).filter((item) => item.size > 0);
}
