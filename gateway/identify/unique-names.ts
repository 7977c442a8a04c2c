import type { JsonValue } from "../lib/json.ts";

/**
 * Whether no object of a JSON text names a member twice (RFC 7515 §4, RFC 7519 §4): another verifier might take the other one.
 * `value` is the text's own parsed form, in which only one of two equal names is left; outside strings a colon is a name's.
 */
export function namesAreUnique(text: string, value: JsonValue): boolean {
  let colons = 0;
  for (const piece of text.replace(/"(?:[^"\\]|\\.)*"/g, "")) if (piece === ":") colons++;
  return colons === namesIn(value);
}

function namesIn(value: JsonValue): number {
  if (typeof value !== "object" || value === null) return 0;
  const inner = Object.values(value).reduce((sum: number, one: JsonValue) => sum + namesIn(one), 0);
  return Array.isArray(value) ? inner : inner + Object.keys(value).length;
}
