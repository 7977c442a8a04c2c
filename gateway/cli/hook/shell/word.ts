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
