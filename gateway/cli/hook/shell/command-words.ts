import { CasePatterns } from "./case-patterns.ts";

/** The word at which a command line is, as far as it decides what a parenthesis and a `#` are. */
export class CommandWords {
  readonly #case = new CasePatterns();
  #word = "";
  #program = "";

  /** The command writes what it reads, so what a here-document gives it is data. */
  get onlyWrites(): boolean {
    return this.#program === "cat" || this.#program === "tee";
  }

  get isBegun(): boolean {
    return this.#word !== "";
  }

  add(char: string): void {
    this.#word += char;
  }

  /** At a blank or an operator. True: it is a parenthesis that ends a pattern, and closes nothing. */
  end(char: string, at: number): boolean {
    if (this.isBegun) this.#case.word(this.#word);
    this.#program ||= this.#word;
    this.#word = "";
    const endsPattern = char === ")" && this.#case.isInside;
    if (" \t<>".includes(char)) return endsPattern;
    this.#case.separator(char, at);
    this.#program = "";
    return endsPattern;
  }
}
