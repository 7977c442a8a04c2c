import type { JsonObject, JsonValue } from "../lib/json.ts";
import { Recent } from "../lib/recent.ts";
import { mask } from "./mask.ts";

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

export interface KeptInput {
  readonly text: string;
  readonly erased: readonly string[];
}

const nothing: KeptInput = { text: "null", erased: ["/input"] };

/** The input of a refused call without its largest members, as many as it takes; the digest beside it is of all of it. */
export function cutInput(kept: KeptInput): KeptInput {
  if (Buffer.byteLength(kept.text) <= INPUT_BYTES) return kept;
  const document = JSON.parse(kept.text) as JsonObject;
  const bySize = cuttable
    .map((pointer) => ({ pointer, size: JSON.stringify(at(document, pointer) ?? null).length }))
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

function at(document: JsonValue, pointer: string): JsonValue | undefined {
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
