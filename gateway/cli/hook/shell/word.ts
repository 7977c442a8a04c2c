import { shellWord } from "../../common/shell-words.ts";

/** One command of a command line: its words as the program gets them, quotes and backslashes taken away. */
export type SimpleCommand = readonly Word[];

export interface Word {
  readonly text: string;
  /** It holds a variable, a command or a pattern that only the shell resolves, so what the program gets is not known. */
  readonly isOpen: boolean;
  /** What the shell puts into it can become several words. */
  readonly splits: boolean;
  /** It holds a pattern or braces that the shell may put other words in the place of. */
  readonly isPattern: boolean;
  /** It stands behind `<` or `>`, so the program does not get it. */
  readonly isRedirected: boolean;
}

/** The line of these words. One that only the shell knows stays open in it. */
export function lineOf(words: readonly Word[]): string {
  return words.map(({ text, isOpen, isPattern }) => (isOpen || isPattern ? text : shellWord(text))).join(" ");
}

/** How much is read where these words are read once more, in characters. */
export function lengthOf(words: readonly Word[]): number {
  return words.reduce((sum, { text }) => sum + text.length + 1, 0);
}

/** What the shell puts into it can become several words, or none. */
export function canBeSeveral({ splits, isPattern }: Word): boolean {
  return splits || isPattern;
}
