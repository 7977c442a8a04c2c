import { linesOf } from "../text/split.ts";
import { beginsLine, signs } from "../text/words/gaps.ts";
import type { Words } from "../text/words/words.ts";
import type { Against, Match, Matching } from "./matching.ts";

/**
 * How a line of a text was met that stands, as it is, in untrusted text alone; null when none was. One plain word stands everywhere.
 * @param words in which `matching` has its values, those of the text; they may be read anew
 */
export function untrustedLine(against: Against, text: string, words: Words, matching: Matching): Match | null {
  if (!against.memory.mayHaveUntrusted || !mayHaveUntrustedLine(against, words, matching)) return null;
  for (const line of linesOf(text)) {
    words.read(line);
    if (isPlainWord(words) || !matching.mayBeUntrusted(against)) continue;
    const met = matching.value(against, line, "name");
    if (met.seen === "untrusted") return met;
  }
  return null;
}

/** False of most texts: they need not be taken apart. A line read by itself has the words that it has in its text. */
function mayHaveUntrustedLine(against: Against, { count, marks, isCut }: Words, matching: Matching): boolean {
  if (isCut) return true;
  let line = 0;
  for (let at = 1; at <= count; at += 1) {
    if (at < count && ((marks[at] as number) & beginsLine) === 0) continue;
    if (matching.mayBeUntrusted(against, line, at)) return true;
    line = at;
  }
  return false;
}

function isPlainWord({ count, signs: found }: Words): boolean {
  return count === 1 && (found & (signs.given | signs.digit)) === 0;
}
