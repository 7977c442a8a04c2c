/** Reserved words behind which a command begins. */
const beforeCommand: ReadonlySet<string> = new Set("if then elif else while until do { } ! time".split(" "));
/** Those behind which a name can stand, and a command behind that. */
const beforeName: ReadonlySet<string> = new Set(["function", "coproc"]);

/** Where a command line has the patterns of a `case`, which stand where commands do and are none. */
export class CasePatterns {
  #expects: "command" | "name" | "argument" | "value" | "in" | "pattern" = "command";
  #lastSemicolon = -2;

  get isInside(): boolean {
    return this.#expects === "pattern";
  }

  /** `raw`: with its quotes, since a quoted word is not reserved. */
  word(raw: string): void {
    if (this.#expects === "value") this.#expects = "in";
    else if (this.#expects === "in") this.#expects = raw === "in" ? "pattern" : "argument";
    else if (this.#expects === "pattern") this.#expects = raw === "esac" ? "argument" : "pattern";
    else if (this.#expects !== "argument") this.#expects = behind(raw, this.#expects);
  }

  /** Of a redirection: behind it no word is reserved. */
  redirected(): void {
    if (this.#expects === "command") this.#expects = "argument";
  }

  /** Between commands. Behind `;;` and its like patterns stand. */
  separator(char: string, at: number): void {
    if (";&|".includes(char) && this.#lastSemicolon === at - 1) this.#expects = "pattern";
    else if (char === "\n" ? this.#expects === "argument" : !this.isInside || char === ")") this.#expects = "command";
    if (char === ";") this.#lastSemicolon = at;
  }
}

function behind(raw: string, expects: "command" | "name"): "command" | "name" | "argument" | "value" {
  if (raw === "case") return "value";
  if (beforeName.has(raw)) return "name";
  return expects === "name" || beforeCommand.has(raw) ? "command" : "argument";
}
