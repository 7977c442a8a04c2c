import type { RequestContext } from "../../domain/exchange.ts";
import { type JsonObject, type JsonValue, parseExact, pointerSteps, valueAt } from "../../lib/json.ts";
import { changedAt } from "../../lib/json-places.ts";
import { KEPT_IN_A_ROW } from "./refusal-rows.ts";

interface KeptInput {
  readonly text: string;
  readonly erased: readonly string[];
}

/** The input as the record keeps it, masked where the configuration says so. */
export function keptInput(
  { input }: Pick<RequestContext, "input">,
  pointers: readonly string[],
  withArguments = true,
): KeptInput {
  if (input === null) return { text: "null", erased: [] };
  const kept = input.forRecord(withArguments);
  if (pointers.length === 0) return kept;
  const masked = mask(parseExact(kept.text) as JsonObject, pointers);
  return { text: JSON.stringify(masked.value), erased: [...kept.erased, ...masked.erased] };
}

/**
 * Of what a refused caller sent so much is kept, in bytes: the input, and each of the texts beside it in characters. An ordinary call
 * fits with all facts about it, some 3 KB, so that what was denied can be judged anew by another policy.
 */
export const INPUT_BYTES = 4_096;
export const REFUSED_TEXT = 256;

/** Whether a text of a refused caller is longer than what is kept of it. */
export function isLong(sent: string): boolean {
  return sent.length > REFUSED_TEXT;
}

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
  "/subject/properties/claims_omitted",
  "/subject/properties/acting_for",
  "/subject/properties/actor_chain",
];

const nothing: KeptInput = { text: "null", erased: ["/input"] };

/** What is kept of the input: less of one that was refused, and nothing of one more in a row. */
export function refusedInput(kept: KeptInput, inARow: number): KeptInput {
  return inARow > KEPT_IN_A_ROW ? nothing : cutInput(kept);
}

/** The input of a refused call without its largest members, as many as it takes; the digest beside it is of all of it. */
function cutInput(kept: KeptInput): KeptInput {
  if (Buffer.byteLength(kept.text) <= INPUT_BYTES) return kept;
  const document = parseExact(kept.text) as JsonObject;
  const bySize = cuttable
    .map((pointer) => ({ pointer, size: JSON.stringify(valueAt(document, pointer)).length }))
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
    const without = changedAt(value, pointerSteps(pointer), { to: undefined });
    if (without === value) continue;
    value = without;
    erased.push(`/input${pointer}`);
  }
  return { value, erased };
}
