import { deepFreeze } from "../../lib/json.ts";
import type { TextMemory } from "./memory.ts";
import { parseJson } from "../../lib/parse-json.ts";

const MOST_RESULTS = 1_024;
const LONGEST_RESULT_BYTES = 16 * 1024;

interface KnownResult {
  readonly text: Buffer;
  readonly value: unknown;
}

/** A cache from the text of an answer to its frozen, parsed object: most answers repeat. */
export class ResultCache {
  readonly #known = new Map<number, KnownResult[]>();
  #count = 0;

  /** The result at `address` of the module's memory, deep-frozen. */
  parse(memory: TextMemory, address: number): unknown {
    const end = memory.textEnd(address);
    const bytes = memory.bytes;
    const hash = sampled(bytes, address, end);
    const alike = this.#known.get(hash);
    // Compares bytes in place: making and hashing a string would cost more than all other steps.
    if (alike !== undefined)
      for (const { text, value } of alike) if (text.compare(bytes, address, end) === 0) return value;
    const text = Buffer.from(bytes.subarray(address, end));
    const value = deepFreeze(parseJson(text.toString("utf8")));
    if (text.length <= LONGEST_RESULT_BYTES) this.#keep(hash, { text, value });
    return value;
  }

  #keep(hash: number, known: KnownResult): void {
    if (this.#count >= MOST_RESULTS) {
      this.#known.clear();
      this.#count = 0;
    }
    this.#count += 1;
    const alike = this.#known.get(hash);
    if (alike === undefined) this.#known.set(hash, [known]);
    else alike.unshift(known);
  }
}

/** Hash of the length and of one byte in eight: most answers differ in more than one place. */
function sampled(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  for (let at = start; at < end; at += 8) hash = (Math.imul(hash, 31) + (bytes[at] as number)) | 0;
  return hash;
}
