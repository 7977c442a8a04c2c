import { shellWord } from "../../common/shell-words.ts";
import type { Word } from "./word.ts";

/** The line of these words. One that only the shell knows stays open in it. */
export function lineOf(words: readonly Word[]): string {
  return words.map(({ text, isOpen, isPattern }) => (isOpen || isPattern ? text : shellWord(text))).join(" ");
}
