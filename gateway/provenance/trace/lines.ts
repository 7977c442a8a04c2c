import { linesOf } from "../text/split.ts";
import { signs, type Words } from "../text/words.ts";
import type { Against, Match, Matching } from "./matching.ts";

/**
 * How a line of a text was met that stands, as it is, in untrusted text alone; null when none was. One plain word stands everywhere.
 * @param words in which `matching` has its values: they are read anew
 */
export function untrustedLine(against: Against, text: string, words: Words, matching: Matching): Match | null {
  if (!against.memory.mayHaveUntrusted) return null;
  for (const line of linesOf(text)) {
    words.read(line);
    if (isPlainWord(words) || !matching.mayBeUntrusted(against)) continue;
    const met = matching.value(against, line, "name");
    if (met.seen === "untrusted") return met;
  }
  return null;
}

function isPlainWord({ count, signs: found }: Words): boolean {
  return count === 1 && (found & (signs.given | signs.digit)) === 0;
}
