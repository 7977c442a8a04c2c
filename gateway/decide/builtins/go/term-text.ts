import type { Value } from "../../value.ts";
import { RegoObject, RegoSet, isNumber, numberText } from "../../value.ts";
import { quote } from "./quote.ts";

/** A value as OPA prints it inside messages: `{"a": [1, 2]}`, `set()`, strings as Go quotes them. */
export function termText(value: Value): string {
  if (value === null) return "null";
  if (typeof value === "boolean") return String(value);
  if (typeof value === "string") return quote(value);
  if (isNumber(value)) return numberText(value);
  if (value instanceof RegoSet) return value.size === 0 ? "set()" : `{${value.values().map(termText).join(", ")}}`;
  if (value instanceof RegoObject) {
    return `{${value
      .entries()
      .map(([key, item]) => `${termText(key)}: ${termText(item)}`)
      .join(", ")}}`;
  }
  return `[${value.map(termText).join(", ")}]`;
}
