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

  /** The arguments are read at the first question: most answers repeat nothing that a session has said. */
  of(said: JsonObject): (hi: number, lo: number) => boolean {
    let keys: ReadonlySet<number> | null = null;
    return (hi, lo) => (keys ??= this.#keysOf(said)).has(setKey(hi, lo));
  }

  #keysOf(said: JsonObject): ReadonlySet<number> {
    const parts = (this.#parts ??= this.#open());
    parts.said.read(said);
    const { count, hi, lo } = parts.found;
    return new Set(Array.from({ length: count }, (_, at) => setKey(hi[at] as number, lo[at] as number)));
  }

  /** A place of its own: what was found in the answer is still asked about. */
  #open() {
    const found = new Found(this.#digester);
    return { found, said: new SaidReader(new TextReader(this.#digester, found)) };
  }
}
