import { setImmediate as nextTurn } from "node:timers/promises";
import type { JsonValue } from "../../lib/json.ts";
import type { Digester } from "../text/digest.ts";
import { Found } from "../text/found.ts";
import { TextReader } from "../text/reader.ts";
import type { ResultAbout, ResultRead } from "./result/result-about.ts";
import { ResultReader } from "./result/result-reader.ts";

/** Milliseconds of one turn, after which other calls go on. */
const turnMs = 0.5;

/** An answer that was read, with what was found in it. */
export interface LongAnswer {
  readonly read: ResultRead;
  readonly found: Found;
}

/** Reads answers that take long in turns of the event loop, one answer after another. */
export class LongAnswers {
  readonly #digester: Digester;
  #last: Promise<unknown> = Promise.resolve();
  #readers: { readonly found: Found; readonly results: ResultReader } | null = null;

  constructor(digester: Digester) {
    this.#digester = digester;
  }

  /** @param then has what was found until it has ended: the next answer is read into the same place */
  read<Value>(content: JsonValue, about: ResultAbout, then: (answer: LongAnswer) => Promise<Value>): Promise<Value> {
    const value = this.#last.then(async () => then(await this.#read(content, about)));
    this.#last = value.catch(() => undefined);
    return value;
  }

  async #read(content: JsonValue, about: ResultAbout): Promise<LongAnswer> {
    const { found, results } = (this.#readers ??= this.#open());
    const pieces = results.readInPieces(content, about);
    for (let began = performance.now(); ;) {
      const { value, done } = pieces.next();
      if (done === true) return { read: value, found };
      if (performance.now() - began < turnMs) continue;
      await nextTurn();
      began = performance.now();
    }
  }

  /** At the first one: many gateways never meet such an answer. */
  #open() {
    const found = new Found(this.#digester);
    return { found, results: new ResultReader(new TextReader(this.#digester, found)) };
  }
}
