import type { Value } from "../../value.ts";
import { RegoObject, isNumber, numberText } from "../../value.ts";
import { marshalJson } from "../json/marshal.ts";

/** JSON text in which every number is a double, so that 1, 1.0 and 1e0 are one text. */
export function canonicalText(value: Value): string {
  return marshalJson(withDoubles(value));
}

function withDoubles(value: Value): Value {
  if (isNumber(value)) return Number(numberText(value));
  if (value instanceof RegoObject) {
    return RegoObject.from(value.entries().map(([key, item]) => [key, withDoubles(item)] as const));
  }
  return Array.isArray(value) ? (value as readonly Value[]).map(withDoubles) : value;
}
