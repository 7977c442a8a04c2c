import type { TextMemory } from "./memory.ts";

const MOST = 1_024;
const LONGEST = 16 * 1024;

/** Answers repeat far more than they differ, so the text of one leads to the frozen object it was parsed into before. */
export class ResultCache {
  readonly #known = new Map<string, unknown>();

  /** The result at `address` of the module's memory, deep-frozen. */
  parse(memory: TextMemory, address: number): unknown {
    const end = memory.textEnd(address);
    // Latin-1 maps bytes one to one, so it is a key without decoding; only a new text is decoded as UTF-8.
    const key = memory.bytes.toString("latin1", address, end);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const value = deepFreeze(JSON.parse(memory.bytes.toString("utf8", address, end)) as unknown);
    if (end - address <= LONGEST) {
      if (this.#known.size >= MOST) this.#known.clear();
      this.#known.set(key, value);
    }
    return value;
  }
}

export function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null) return value;
  for (const part of Object.values(value)) deepFreeze(part);
  return Object.freeze(value);
}
