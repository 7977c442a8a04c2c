import { closingOutsideQuotes } from "./closing.ts";
import type { ReadBudget } from "./read-budget.ts";

/** One command of a command line: its words as the program gets them, quotes and backslashes taken away. */
export type SimpleCommand = readonly Word[];

export interface Word {
  readonly text: string;
  /** It holds a variable, a command or a pattern that only the shell resolves, so what the program gets is not known. */
  readonly isOpen: boolean;
  /** It holds a pattern or braces that the shell may put other words in the place of. */
  readonly isPattern: boolean;
  /** It stands behind `<` or `>`, so the program does not get it. */
  readonly isRedirected: boolean;
}

/**
 * The commands of a command line, also those inside of `$(…)` and backticks, in no order. Lines of a here-document are read as
 * commands too: what stands in it is data or code, and a quote in it is none of the line's.
 */
export function commandsOf(line: string, budget: ReadBudget): SimpleCommand[] {
  const lines = line.includes("<<") ? [line, ...line.split("\n")] : [line];
  return lines.flatMap((one) => {
    if (!budget.take(one.length)) return [];
    return new LineReader(one, budget).read().filter((command) => command.length > 0);
  });
}

/** Deeper nesting is left unread. */
const deepest = 8;
/** What each text costs beside its length. */
const perText = 50;

class LineReader {
  readonly #commands: Word[][] = [[]];
  /** Commands of each text that stands in this one. */
  readonly #inside: SimpleCommand[][] = [];
  readonly #line: string;
  readonly #budget: ReadBudget;
  readonly #depth: number;
  #at = 0;
  #text = "";
  #begun = false;
  #isOpen = false;
  #isPattern = false;
  #isRedirected = false;

  constructor(line: string, budget: ReadBudget, depth = 0) {
    this.#line = line;
    this.#budget = budget;
    this.#depth = depth;
  }

  read(): SimpleCommand[] {
    while (this.#at < this.#line.length && !this.#budget.isSpent) this.#step(this.#line.charAt(this.#at));
    this.#endWord();
    return [...this.#inside.reverse().flat(), ...this.#commands];
  }

  #step(char: string): void {
    const next = this.#line.charAt(this.#at + 1);
    if (char === "\\") this.#escaped();
    else if (char === "$" && next === "'") this.#escapesQuoted();
    else if (char === "'") this.#singleQuoted();
    else if (char === '"') this.#doubleQuoted();
    else if (char === "$" || char === "`") this.#substitution();
    else if (/\s/.test(char)) this.#between(char === "\n");
    else if (this.#isBrace(char, next)) this.#pattern(char);
    else if (";|&(){}".includes(char)) this.#between(true);
    else if (char === "<" || char === ">") this.#redirection();
    else if ("*?[".includes(char)) this.#pattern(char);
    else if (char === "#" && !this.#begun) this.#comment();
    else this.#add(char);
  }

  #add(text: string): void {
    this.#text += text;
    this.#begun = true;
    this.#at += 1;
  }

  /** A brace within a word, and not the one of a group of commands. */
  #isBrace(char: string, next: string): boolean {
    return (char === "{" && !/^\s?$/.test(next)) || (char === "}" && this.#begun);
  }

  #pattern(char: string): void {
    this.#isPattern = true;
    this.#add(char);
  }

  #redirection(): void {
    this.#between(false);
    this.#isRedirected = true;
  }

  #between(endsCommand: boolean): void {
    this.#endWord();
    if (endsCommand) [this.#isRedirected] = [false, this.#commands.push([])];
    this.#at += 1;
  }

  #endWord(): void {
    if (!this.#begun) return;
    const [isOpen, isPattern, isRedirected] = [this.#isOpen, this.#isPattern, this.#isRedirected];
    this.#commands.at(-1)?.push({ text: this.#text, isOpen, isPattern, isRedirected });
    [this.#text, this.#begun, this.#isOpen, this.#isPattern, this.#isRedirected] = ["", false, false, false, false];
  }

  #escaped(): void {
    const next = this.#line.charAt(this.#at + 1);
    this.#at += 1;
    // A line that goes on behind its end.
    if (next === "\n") this.#at += 1;
    else this.#add(next);
  }

  #singleQuoted(): void {
    const end = this.#line.indexOf("'", this.#at + 1);
    const until = end === -1 ? this.#line.length : end;
    this.#text += this.#line.slice(this.#at + 1, until);
    this.#begun = true;
    this.#at = until + 1;
  }

  /** `$'…'`, in which a backslash can stand for any letter: what it says is not read. */
  #escapesQuoted(): void {
    const from = this.#at;
    this.#at += 2;
    while (this.#at < this.#line.length && this.#line.charAt(this.#at) !== "'")
      this.#at += this.#line.charAt(this.#at) === "\\" ? 2 : 1;
    this.#at += 1;
    this.#text += this.#line.slice(from, this.#at);
    [this.#begun, this.#isOpen] = [true, true];
  }

  #doubleQuoted(): void {
    this.#begun = true;
    this.#at += 1;
    while (this.#at < this.#line.length && this.#line.charAt(this.#at) !== '"') {
      const char = this.#line.charAt(this.#at);
      if (char === "\\") this.#escaped();
      else if (char === "$" || char === "`") this.#substitution();
      else this.#add(char);
    }
    this.#at += 1;
  }

  #comment(): void {
    const end = this.#line.indexOf("\n", this.#at);
    this.#at = end === -1 ? this.#line.length : end;
  }

  /** What stands in its place is not known; the commands inside are commands like the others. */
  #substitution(): void {
    this.#isOpen = true;
    this.#begun = true;
    const isTick = this.#line.charAt(this.#at) === "`";
    const ends = isTick ? this.#closingTick() : this.#closing();
    if (ends === -1) return this.#add(this.#line.charAt(this.#at));
    const from = this.#at + (isTick ? 1 : 2);
    const inner = this.#line.slice(from, ends);
    this.#inner(isTick ? inner.replace(/\\([`\\$])/g, "$1") : inner);
    if (!isTick) this.#quoted(from, ends);
    this.#text += this.#line.slice(this.#at, ends + 1);
    this.#at = ends + 1;
  }

  /** One behind a backslash belongs to a command inside. */
  #closingTick(): number {
    for (let at = this.#at + 1; at < this.#line.length; at++) {
      if (this.#line.charAt(at) === "\\") at += 1;
      else if (this.#line.charAt(at) === "`") return this.#lookedUntil(at);
    }
    return this.#lookedUntil(-1);
  }

  /** Of `$(`; -1 for a plain variable. A quote need not be one, such as in a here-document, so all parentheses count. */
  #closing(): number {
    if (this.#line.charAt(this.#at + 1) !== "(") return -1;
    let open = 0;
    for (let at = this.#at + 1; at < this.#line.length; at++) {
      if (this.#line.charAt(at) === "(") open += 1;
      if (this.#line.charAt(at) === ")" && --open === 0) return this.#lookedUntil(at);
    }
    return this.#lookedUntil(-1);
  }

  #lookedUntil(at: number): number {
    this.#budget.take((at === -1 ? this.#line.length : at) - this.#at);
    return at;
  }

  /** Where quotes are quotes, the command goes on behind a parenthesis within them: it is read that way too. */
  #quoted(from: number, ends: number): void {
    const inQuotes = closingOutsideQuotes(this.#line, from);
    this.#budget.take((inQuotes === -1 ? this.#line.length : inQuotes) - from);
    if (inQuotes > ends) this.#inner(this.#line.slice(from, inQuotes));
  }

  #inner(line: string): void {
    if (this.#depth >= deepest) return this.#budget.end();
    if (!this.#budget.take(line.length + perText)) return;
    this.#inside.push(new LineReader(line, this.#budget, this.#depth + 1).read());
  }
}
