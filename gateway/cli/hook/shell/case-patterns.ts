/** Reserved words behind which a command begins. */
const beforeCommand: ReadonlySet<string> = new Set("if then elif else while until do { ! time".split(" "));

/** Where a command line has the patterns of a `case`, which stand where commands do and are none. */
export class CasePatterns {
  #expects: "command" | "argument" | "value" | "in" | "pattern" = "command";

  /** The words at this place are patterns, up to the next parenthesis that closes. */
  get isInside(): boolean {
    return this.#expects === "pattern";
  }

  /** `raw`: with its quotes, since a quoted word is not reserved. */
  word(raw: string): void {
    if (this.#expects === "value") this.#expects = "in";
    else if (this.#expects === "in") this.#expects = raw === "in" ? "pattern" : "argument";
    else if (this.#expects === "pattern") this.#expects = raw === "esac" ? "argument" : "pattern";
    else if (this.#expects === "command" && raw === "case") this.#expects = "value";
    else if (!beforeCommand.has(raw)) this.#expects = "argument";
  }

  /** `;;` and its like end a part of a `case`, so patterns stand behind it. */
  separator(char: string, isSecond: boolean): void {
    if (isSecond) this.#expects = "pattern";
    else if (char === "\n" && this.#expects !== "argument") return;
    else if (!this.isInside || char === ")") this.#expects = "command";
  }
}
