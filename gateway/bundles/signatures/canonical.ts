import { parseExact } from "../../lib/exact-json.ts";

const json = JSON as unknown as { isRawJSON(value: unknown): boolean };
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * What OPA hashes of a JSON file, so that layout does not count (https://www.openpolicyagent.org/docs/latest/management-bundles/#signature-format):
 * no spaces, keys in the order of their UTF-8 bytes, numbers as they are written, strings as Go's encoder has them.
 * @throws Error for what is no JSON, or what two readers take for two texts: bytes that are no UTF-8, halves of surrogate pairs
 */
export function canonicalJson(bytes: Uint8Array): string {
  return written(parseExact(utf8.decode(bytes)));
}

function written(value: unknown): string {
  if (typeof value === "string") return text(value);
  // A literal that JavaScript would write in another way is an object here.
  if (typeof value !== "object" || value === null || json.isRawJSON(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(written).join(",")}]`;
  const object = value as Readonly<Record<string, unknown>>;
  const members = Object.keys(object)
    .sort(byBytes)
    .map((key) => `${text(key)}:${written(object[key])}`);
  return `{${members.join(",")}}`;
}

/** Go escapes the two line separators of Unicode (https://pkg.go.dev/encoding/json#Marshal); the rest is as here. */
function text(value: string): string {
  if (!value.isWellFormed()) throw new Error("a string holds half of a surrogate pair");
  return JSON.stringify(value).replace(/[\u2028\u2029]/g, (found) => (found === "\u2028" ? "\\u2028" : "\\u2029"));
}

/** UTF-16 puts what is beyond U+FFFF before U+E000; UTF-8 does not. */
function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
