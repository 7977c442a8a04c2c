import { CasePatterns } from "./case-patterns.ts";

/** The word at which a command line is, as far as it decides what a parenthesis and a `#` are. */
export class CommandWords {
  readonly #case = new CasePatterns();
  #word = "";
  /** A redirection stands before the word. */
  #isRedirected = false;
  readonly #isList: boolean;
  #isTest = false;

  /** A list is one of values, in which no word is reserved. */
  constructor(isList = false) {
    this.#isList = isList;
  }

  get isBegun(): boolean {
    return this.#word !== "";
  }

  /** What begins with a parenthesis right behind this word, and is a part of it: the values of an array, or a group of a pattern. */
  get goesOn(): "list" | "group" | null {
    if (/^[A-Za-z_].*=$/s.test(this.#word)) return "list";
    return /[?*+@!]$/.test(this.#word) ? "group" : null;
  }

  /** Of a list, and between `[[` and `]]`. */
  get reservesNothing(): boolean {
    return this.#isList || this.#isTest;
  }

  /** It stands in brackets behind a name, or those of a value of an array. */
  get canBeSubscript(): boolean {
    return this.#isList || /^\w+\[[^\]]*$/.test(this.#word);
  }

  add(char: string): void {
    this.#word += char;
  }

  /** At a blank or an operator. True: it is a parenthesis that ends a pattern, and closes nothing. */
  end(char: string, at: number): boolean {
    if (this.#word === "[[" || this.#word === "]]") this.#isTest = this.#word === "[[";
    if (this.#isList) {
      this.#word = "";
      return false;
    }
    if (this.isBegun && this.#isRedirected) this.#case.redirected();
    else if (this.isBegun) this.#case.word(this.#word);
    if (this.isBegun || !" \t".includes(char)) this.#isRedirected = "<>".includes(char);
    this.#word = "";
    const endsPattern = char === ")" && this.#case.isInside;
    if (!" \t<>".includes(char)) this.#case.separator(char, at);
    return endsPattern;
  }
}
