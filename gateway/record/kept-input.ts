import { isJsonObject, type JsonObject, type JsonValue, pointerSteps } from "../lib/json.ts";
import { Recent } from "../lib/caches.ts";

/** Of what a refused caller sent so much is kept, in bytes: the input, and each of the texts beside it in characters. */
const INPUT_BYTES = 2_560;
export const REFUSED_TEXT = 256;

/** Members whose size their sender chooses. */
const cuttable = [
  "/context/arguments",
  "/context/urls",
  "/context/intent",
  "/context/session",
  "/context/asserted",
  "/resource/id",
  "/resource/properties/tool",
  "/resource/properties/request",
  "/resource/properties/asserted",
  "/subject/id",
  "/subject/properties/claims",
  "/subject/properties/acting_for",
  "/subject/properties/actor_chain",
];

interface KeptInput {
  readonly text: string;
  readonly erased: readonly string[];
}

const nothing: KeptInput = { text: "null", erased: ["/input"] };

/** The input of a refused call without its largest members, as many as it takes; the digest beside it is of all of it. */
function cutInput(kept: KeptInput): KeptInput {
  if (Buffer.byteLength(kept.text) <= INPUT_BYTES) return kept;
  const document = JSON.parse(kept.text) as JsonObject;
  const bySize = cuttable
    .map((pointer) => ({ pointer, size: JSON.stringify(valueAt(document, pointer) ?? null).length }))
    .toSorted((one, other) => other.size - one.size);
  for (let count = 1; count <= bySize.length; count += 1) {
    const masked = mask(
      document,
      bySize.slice(0, count).map(({ pointer }) => pointer),
    );
    const text = JSON.stringify(masked.value);
    if (Buffer.byteLength(text) <= INPUT_BYTES) return { text, erased: [...kept.erased, ...masked.erased] };
  }
  return nothing;
}

function valueAt(document: JsonValue, pointer: string): JsonValue | undefined {
  let value: JsonValue | undefined = document;
  for (const name of pointer.split("/").slice(1))
    value = typeof value === "object" && value !== null ? (value as JsonObject)[name] : undefined;
  return value;
}

/** So many refusals in a row of one caller keep their input; so long without one and the next is the first again. */
const KEPT_IN_A_ROW = 10;
const ROW_MS = 60_000;
const CALLERS = 10_000;

/** Counts the refusals of each caller since its last call that was not refused. */
export class RefusalRows {
  readonly #rows = new Recent<{ count: number; at: number }>(CALLERS);
  #any = false;

  /** @returns how many there are in a row with this one; 0 when it was not refused */
  count(caller: string, refused: boolean, now: number): number {
    if (!refused && !this.#any) return 0;
    const row = this.#rows.get(caller);
    if (!refused) {
      if (row !== undefined) row.count = 0;
      return 0;
    }
    this.#any = true;
    const count = row === undefined || now - row.at > ROW_MS ? 1 : row.count + 1;
    if (row === undefined) this.#rows.set(caller, { count, at: now });
    else Object.assign(row, { count, at: now });
    return count;
  }
}

/** What is kept of the input: less of one that was refused, and nothing of one more in a row. */
export function refusedInput(kept: KeptInput, inARow: number): KeptInput {
  return inARow > KEPT_IN_A_ROW ? nothing : cutInput(kept);
}

interface Masked {
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
