import { hasShingle } from "../memory/shingle-digests.ts";
import type { Digester } from "../text/digest.ts";
import { shinglesIn, shingleWords } from "../text/shingles.ts";
import { standsInTask } from "../text/task-text.ts";
import { longestText, type Words } from "../text/words/words.ts";
import type { Against } from "./matching.ts";

/** Of the text that is looked at. */
const shingles = new Int32Array(longestText);

/** Whether the text whose words were read has six words in a row that stand only in untrusted results. */
export class CopiedTexts {
  readonly #digester: Digester;
  readonly #words: Words;

  constructor(digester: Digester, words: Words) {
    this.#digester = digester;
    this.#words = words;
  }

  isCopied({ memory, caller }: Pick<Against, "memory" | "caller">): boolean {
    const { copied, own } = memory;
    if (copied.isEmpty) return false;
    const words = this.#words;
    const count = shinglesIn(words, this.#digester.key.stepA, shingles);
    for (let first = 0; first < count; first += 1) {
      const digest = shingles[first] as number;
      if (!hasShingle(copied, digest) || hasShingle(own, digest)) continue;
      const last = first + shingleWords;
      if (!caller.tasks.some((task) => standsInTask(task, words.lo, first, last, false))) return true;
    }
    return false;
  }
}
