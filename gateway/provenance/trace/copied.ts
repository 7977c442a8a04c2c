import { hasShingle } from "../memory/shingle-digests.ts";
import type { Digester } from "../text/digest.ts";
import { eachShingle, shingleWords } from "../text/shingles.ts";
import { standsInTask } from "../text/task-text.ts";
import type { Words } from "../text/words.ts";
import type { Against } from "./matching.ts";

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
    let found = false;
    eachShingle(words, this.#digester.key.stepA, (digest, first) => {
      if (found || !hasShingle(copied, digest) || hasShingle(own, digest)) return;
      const last = first + shingleWords;
      found = !caller.tasks.some((task) => standsInTask(task, words.lo, first, last, false));
    });
    return found;
  }
}
