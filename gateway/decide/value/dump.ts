import type { Value } from "./collections.ts";
import { RegoObject, RegoSet } from "./collections.ts";
import { RegoNumber } from "./number.ts";

/**
 * The text `opa_value_parse` reads: JSON plus set literals and keys of any type. Members are in OPA's order.
 * An unpaired surrogate becomes U+FFFD, as in Go; the runtime would abort on its escape.
 */
export function dumpValue(value: Value): string {
  switch (typeof value) {
    case "string":
      return dumpString(value);
    case "number":
    case "boolean":
    case "bigint":
      return String(value);
    default:
      return value === null ? "null" : dumpComposite(value);
  }
}

function dumpString(text: string): string {
  return JSON.stringify(text.isWellFormed() ? text : text.toWellFormed());
}

function dumpComposite(value: Exclude<Value, string | number | boolean | bigint | null>): string {
  if (value instanceof RegoNumber) return value.text;
  if (value instanceof RegoSet) return value.size === 0 ? "set()" : `{${value.values().map(dumpValue).join(",")}}`;
  if (value instanceof RegoObject) return `{${value.entries().map(dumpMember).join(",")}}`;
  return `[${value.map(dumpValue).join(",")}]`;
}

function dumpMember([key, value]: readonly [Value, Value]): string {
  return `${dumpValue(key)}:${dumpValue(value)}`;
}
