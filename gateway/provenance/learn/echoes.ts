import type { JsonObject } from "../../lib/json.ts";
import { type Digester, setKey } from "../text/digest.ts";
import { Found } from "../text/found.ts";
import { TextReader } from "../text/reader.ts";
import { ArgumentReader } from "./argument-reader.ts";

/** So many are looked through as they stand: a set of them costs more. */
const fewKeys = 32;

/** Says of digests whether they are of what a call itself has said. */
export class Echoes {
  readonly #digester: Digester;
  #parts: { readonly found: Found; readonly reader: ArgumentReader } | null = null;

  constructor(digester: Digester) {
    this.#digester = digester;
  }

  /**
   * Nothing is made before the first question: most answers repeat nothing that a session has said.
   * @param keys of what was found in the arguments when the call was sent; null: they are read now
   */
  of(args: JsonObject, keys: readonly number[] | null): (hi: number, lo: number) => boolean {
    let all = keys;
    let asked: ReadonlySet<number> | null = null;
    return (hi, lo) => {
      all ??= this.#read(args);
      if (all.length <= fewKeys) return all.includes(setKey(hi, lo));
      return (asked ??= new Set(all)).has(setKey(hi, lo));
    };
  }

  #read(args: JsonObject): readonly number[] {
    const parts = (this.#parts ??= this.#open());
    parts.reader.read(args);
    return keysOf(parts.found);
  }

  /** A place of its own: what was found in the answer is still asked about. */
  #open() {
    const found = new Found(this.#digester);
    return { found, reader: new ArgumentReader(new TextReader(this.#digester, found)) };
  }
}

/** Of all digests that were found. In an array of the heap: a typed one has memory of its own, which costs more than all of the keys. */
export function keysOf({ count, hi, lo }: Found): readonly number[] {
  const keys: number[] = [];
  for (let at = 0; at < count; at += 1) keys.push(setKey(hi[at] as number, lo[at] as number));
  return keys;
}
