import { foldText, stands } from "../text/words/characters.ts";
import type { TaskText } from "../text/task-text.ts";

const letterOrDigit = /[\p{L}\p{M}\p{N}]/u;

/**
 * Whether a task has one of the words by which people ask for a tool; null when none are known. `cancel*` stands for all words that begin
 * so.
 */
export function isAsked(tasks: readonly TaskText[], words: readonly string[]): boolean | null {
  if (words.length === 0) return null;
  return words.some((word) => tasks.some(({ folded }) => hasWord(folded, word)));
}

function hasWord(folded: string, word: string): boolean {
  const isBeginning = word.endsWith("*");
  const wanted = foldText(isBeginning ? word.slice(0, -1) : word).toLowerCase();
  return wanted !== "" && stands(folded, wanted, letterOrDigit, isBeginning ? null : letterOrDigit);
}
