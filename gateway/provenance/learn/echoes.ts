import type { JsonObject } from "../../lib/json.ts";
import { type Digester, setKey } from "../text/digest.ts";
import { Found } from "../text/found.ts";
import { TextReader } from "../text/reader.ts";
import { SaidReader } from "./said-reader.ts";

/** Says of digests whether they are of what a call itself has said. */
export class Echoes {
  readonly #digester: Digester;
  #parts: { readonly found: Found; readonly said: SaidReader } | null = null;

  constructor(digester: Digester) {
    this.#digester = digester;
  }

  /**
   * Nothing is made before the first question: most answers repeat nothing that a session has said.
   * @param keys of what was found in the arguments when the call was sent; null: they are read now
   */
  of(said: JsonObject, keys: Float64Array | null): (hi: number, lo: number) => boolean {
    let asked: ReadonlySet<number> | null = null;
    return (hi, lo) => (asked ??= new Set(keys ?? this.#read(said))).has(setKey(hi, lo));
  }

  #read(said: JsonObject): Float64Array {
    const parts = (this.#parts ??= this.#open());
    parts.said.read(said);
    return keysOf(parts.found);
  }

  /** A place of its own: what was found in the answer is still asked about. */
  #open() {
    const found = new Found(this.#digester);
    return { found, said: new SaidReader(new TextReader(this.#digester, found)) };
  }
}

/** Of all digests that were found. */
export function keysOf({ count, hi, lo }: Found): Float64Array {
  const keys = new Float64Array(count);
  for (let at = 0; at < count; at += 1) keys[at] = setKey(hi[at] as number, lo[at] as number);
  return keys;
}
