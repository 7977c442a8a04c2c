import type { JsonObject, JsonValue } from "../../lib/json.ts";

/** Of a record that is too large for its receiver, what is sent instead, one after the other until it takes one. */
export const reductions: readonly ((record: JsonObject) => JsonObject)[] = [withoutInput, stub];

/** Most bytes of what a stub says that is left out. */
const ERASED_BYTES = 2_048;
/** Longest text in a stub: an id, a digest, a time. */
const TEXT_CHARS = 256;

const kept: ReadonlySet<string> = new Set([
  "seq",
  "kind",
  "decision_id",
  "timestamp",
  "path",
  "approval_id",
  "outcome",
  "response_digest_omitted",
]);

function withoutInput(record: JsonObject): JsonObject {
  const erased = erasedOf(record).filter((one) => one !== "/input" && !one.startsWith("/input/"));
  return { ...record, input: null, erased: [...erased, "/input"] };
}

/** By which the record in the log is found and compared: numbers, ids, digests and the effect. `erased` says what is left out. */
function stub(record: JsonObject): JsonObject {
  const entries = Object.entries(record).filter(([name, value]) => isKept(name, value));
  const { effect } = (record["result"] ?? {}) as { readonly effect?: JsonValue };
  const result: JsonObject = typeof effect === "string" ? { result: { effect } } : {};
  const names = new Set(["erased", ...entries.map(([name]) => name)]);
  const left = Object.keys(record).filter((name) => !names.has(name) && name !== "result");
  const erased = [...left.map((name) => `/${name}`), ...("result" in record ? ["/result"] : []), ...erasedOf(record)];
  return { ...Object.fromEntries(entries), ...result, erased: within(erased, ERASED_BYTES) };
}

function isKept(name: string, value: JsonValue | undefined): boolean {
  if (!kept.has(name) && !name.endsWith("_digest")) return false;
  return value === null || typeof value === "number" || (typeof value === "string" && value.length <= TEXT_CHARS);
}

function erasedOf({ erased }: JsonObject): string[] {
  return Array.isArray(erased) ? erased.filter((one) => typeof one === "string") : [];
}

/** As many as have so many bytes; then `/` for the rest. */
function within(pointers: readonly string[], bytes: number): string[] {
  let size = 0;
  const over = pointers.findIndex((one) => (size += Buffer.byteLength(one) + 3) > bytes);
  return over === -1 ? [...pointers] : [...pointers.slice(0, over), "/"];
}
