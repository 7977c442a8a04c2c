import { CasePatterns } from "./case-patterns.ts";
import { bracketsBehind, closingOutsideQuotes } from "./closing.ts";
import { hasDataEnding } from "./data-files.ts";
import { Nesting } from "./nesting.ts";
import { Pipes } from "./pipes.ts";
import { isAssignment } from "./programs.ts";
import { perText, type ReadBudget } from "./read-budget.ts";
import type { SimpleCommand, Word } from "./word.ts";

/** As a shell reads it; with whatever looks like one for a quote or a parenthesis; as text in which quotes are letters. */
export type Manner = "exact" | "loose" | "text";

const redirected = /<<<|<<-?|<>|>>|>\||[<>]&|[<>]/y;
/** The shell leaves `{}` as it is where no comma makes it a brace of a list. */
const unchanged = /^[^*?[,{]*\{\}(?!\.\.)[^*?[,{]*$/;

/** Deeper nesting is left unread. */
const deepest = 8;

export class LineReader {
  readonly #commands: Word[][] = [[]];
  /** Commands of each text that stands in this one. */
  readonly #inside: SimpleCommand[][] = [];
  readonly #line: string;
  readonly #budget: ReadBudget;
  readonly #manner: Manner;
  readonly #depth: number;
  readonly #case = new CasePatterns();
  readonly pipes = new Pipes();
  /** First command that can be a pattern. */
  #patternsFrom = 0;
  #at = 0;
  /** Where the word began. */
  #from = 0;
  #text = "";
  #begun = false;
  #inQuotes = false;
  /** Within the values of an array. */
  #inArray = false;
  /** Brackets of which some make a `#` a letter: `[[`, `((`, `@(`, those behind a name. */
  #brackets = 0;
  #isOpen = false;
  #splits = false;
  #isPattern = false;
  #isRedirected = false;
  #endsOpen = false;

  constructor(line: string, budget: ReadBudget, manner: Manner, depth = 0) {
    this.#line = line;
    this.#budget = budget;
    this.#manner = manner;
    this.#depth = depth;
  }

  get endsOpen(): boolean {
    return this.#endsOpen;
  }

  read(): SimpleCommand[] {
    if (this.#manner === "text") {
      this.#untilQuote("");
      return this.#inside.reverse().flat();
    }
    while (this.#at < this.#line.length && !this.#budget.isSpent) this.#step(this.#line.charAt(this.#at));
    this.#endWord();
    return [...this.#inside.reverse().flat(), ...this.#commands];
  }

  #step(char: string): void {
    const next = this.#line.charAt(this.#at + 1);
    if (!this.#begun) this.#from = this.#at;
    this.#brackets = bracketsBehind(char, this.#line.charAt(this.#at - 1), this.#brackets);
    if (char === "\\") this.#escaped();
    else if (char === "$" && next === "'") this.#escapesQuoted();
    else if (char === "'") this.#singleQuoted();
    else if (char === '"') this.#doubleQuoted();
    else if (this.#isReplaced(char, next)) this.#substitution();
    else if (char === " " || char === "\t" || char === "\n") this.#between(char === "\n");
    else if (this.#isBrace(char, next)) this.#pattern(char);
    // Where a shell does not know `&>`, the command ends before it.
    else if (char === "&" && next === ">" && this.#manner === "exact") this.#between(false);
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

  /** Within a word, and not the one of a group of commands. */
  #isBrace(char: string, next: string): boolean {
    return (char === "{" && !/^\s?$/.test(next)) || (char === "}" && this.#begun);
  }

  #pattern(char: string): void {
    this.#isPattern = true;
    this.#add(char);
  }

  /** `2>&1`: the number before it and what stands behind it are no words that a program gets. */
  #redirection(): void {
    if (/^(?:[0-9]+|\{\w+\})$/.test(this.#text)) [this.#text, this.#begun, this.#isPattern] = ["", false, false];
    if (this.#manner === "exact" && this.#line.charAt(this.#at + 1) === "(") return this.#process();
    this.#endWord();
    redirected.lastIndex = this.#at;
    this.#at += redirected.exec(this.#line)?.[0].length ?? 1;
    this.#isRedirected = true;
  }

  /** `<(…)`: the program gets a file's name, which is a word or a part of one. */
  #process(): void {
    const ends = new Nesting(this.#line, this.#budget).closingParenthesis(this.#at + 2);
    if (ends === -1) return this.#between(true);
    this.#inner(this.#line.slice(this.#at + 2, ends));
    this.#isOpen = true;
    this.#add(this.#line.slice(this.#at, ends + 1));
    this.#at = ends + 1;
  }

  #between(endsCommand: boolean): void {
    this.#endWord();
    if (endsCommand) this.#endCommand(this.#line.charAt(this.#at));
    this.#at += 1;
  }

  #endCommand(char: string): void {
    const isInside = this.#case.isInside;
    const last = this.#commands.at(-1)?.at(-1)?.text ?? "";
    if (char === "(") this.#inArray = this.#line.charAt(this.#at - 1) === "=" && isAssignment(last);
    else if (char === ")") this.#inArray = false;
    if (isInside && char === ")")
      for (let at = this.#patternsFrom; at < this.#commands.length; at++)
        if (this.#commands[at]?.length === 1) this.#commands[at] = [];
    this.#case.separator(char, this.#at);
    this.#isRedirected = false;
    this.#commands.push(this.pipes.next(char, this.#commands.at(-1) ?? []));
    if (!isInside) this.#patternsFrom = this.#commands.length - 1;
  }

  #endWord(): void {
    if (!this.#begun) return;
    const [isOpen, splits, isRedirected] = [this.#isOpen, this.#splits, this.#isRedirected];
    const text = this.#inArray && this.#isFirstValue() ? `_=${this.#text}` : this.#text;
    const isPattern = this.#isPattern && !unchanged.test(text);
    if (isRedirected) this.#case.redirected();
    else this.#case.word(this.#line.slice(this.#from, this.#at).replaceAll("\\\n", ""));
    this.#commands.at(-1)?.push({ text, isOpen, splits, isPattern, isRedirected });
    [this.#text, this.#begun, this.#isOpen] = ["", false, false];
    [this.#splits, this.#isPattern, this.#isRedirected] = [false, false, false];
  }

  /** The first value of an array, where only the shell knows it: as a command, which the values can become, it would be a program that cannot be read. */
  #isFirstValue(): boolean {
    if (!this.#isOpen && !this.#isPattern && !hasDataEnding(this.#text)) return false;
    return isAssignment(this.#commands.at(-1)?.at(-1)?.text ?? "_=");
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
    this.#endsOpen ||= end === -1;
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
    this.#endsOpen ||= this.#at >= this.#line.length;
    this.#at += 1;
    this.#text += this.#line.slice(from, this.#at);
    [this.#begun, this.#isOpen] = [true, true];
  }

  #doubleQuoted(): void {
    this.#begun = true;
    this.#at += 1;
    this.#untilQuote('"');
    this.#endsOpen ||= this.#at >= this.#line.length;
    this.#at += 1;
  }

  #untilQuote(quote: string): void {
    this.#inQuotes = true;
    while (this.#at < this.#line.length && !this.#budget.isSpent) {
      const char = this.#line.charAt(this.#at);
      if (char === quote) break;
      if (char === "\\") this.#escaped();
      else if (this.#isReplaced(char, this.#line.charAt(this.#at + 1))) this.#substitution();
      // Quotes are letters within `${…}`, and `<(…)` is a command nevertheless.
      else if (quote === "" && /^[<>]\($/.test(this.#line.slice(this.#at, this.#at + 2))) this.#process();
      else this.#add(char);
    }
    this.#inQuotes = false;
  }

  /** A dollar sign before what begins no name is one. */
  #isReplaced(char: string, next: string): boolean {
    if (char !== "$") return char === "`";
    return !(/^[\s|&;)/.,%]?$/.test(next) || (this.#inQuotes && next === '"'));
  }

  #comment(): void {
    // In brackets it can be none.
    if (this.#brackets > 0) this.#inner(this.#line.slice(this.#at + 1));
    const end = this.#line.indexOf("\n", this.#at);
    this.#at = end === -1 ? this.#line.length : end;
  }

  /** What stands in its place is not known; the commands inside are commands like the others. */
  #substitution(): void {
    this.#isOpen = true;
    this.#begun = true;
    const isTick = this.#line.charAt(this.#at) === "`";
    const ends = isTick ? this.#closingTick() : this.#closing();
    const several = ends === -1 ? /^\$(?:@|\{!|\{[^}]*[@*])/ : /^\$\{(?:!|[^]*[@*])/;
    this.#splits ||= !this.#inQuotes || several.test(this.#line.slice(this.#at, ends === -1 ? this.#at + 80 : ends));
    if (ends === -1) {
      this.#endsOpen ||= isTick || "({".includes(this.#line.charAt(this.#at + 1));
      return this.#add(this.#line.charAt(this.#at));
    }
    const from = this.#at + (isTick ? 1 : 2);
    const inner = this.#line.slice(from, ends);
    const isVariable = this.#line.charAt(from - 1) === "{";
    this.#inner(isTick ? this.#withoutEscapes(inner) : inner, isVariable ? "text" : undefined);
    if (!isTick && this.#manner === "loose") this.#quoted(from, ends);
    this.#text += this.#line.slice(this.#at, ends + 1);
    this.#at = ends + 1;
  }

  /** A command in backticks, in which a backslash before some characters is none of its own. */
  #withoutEscapes(text: string): string {
    return text.replace(this.#inQuotes ? /\\([`\\$"])/g : /\\([`\\$])/g, "$1");
  }

  /** One behind a backslash belongs to a command inside. */
  #closingTick(): number {
    for (let at = this.#at + 1; at < this.#line.length && this.#budget.take(1); at++) {
      const char = this.#line.charAt(at);
      if (char === "\\") at += 1;
      else if (char === "`") return at;
    }
    return -1;
  }

  /** Of `$(`; -1 for a plain variable. A quote need not be one, such as in a here-document, so all parentheses count. */
  #closing(): number {
    const next = this.#line.charAt(this.#at + 1);
    if (this.#manner !== "loose") return this.#closingAsShell(next);
    if (next !== "(") return -1;
    let open = 0;
    for (let at = this.#at + 1; at < this.#line.length && this.#budget.take(1); at++) {
      const char = this.#line.charAt(at);
      if (char === "(") open += 1;
      if (char === ")" && --open === 0) return at;
    }
    return -1;
  }

  /** Of `$(` and `${`. */
  #closingAsShell(next: string): number {
    // Told as doubt already: what closes where is not looked for again and again.
    if (this.#budget.isPartial) return -1;
    const nesting = new Nesting(this.#line, this.#budget);
    if (next === "(") return nesting.closingParenthesis(this.#at + 2);
    return next === "{" ? nesting.closingBrace(this.#at, this.#inQuotes) : -1;
  }

  /** Where quotes are quotes, the command goes on behind a parenthesis within them: it is read that way too. */
  #quoted(from: number, ends: number): void {
    const inQuotes = closingOutsideQuotes(this.#line, from, this.#budget);
    if (inQuotes > ends) this.#inner(this.#line.slice(from, inQuotes));
  }

  #inner(line: string, manner: Manner = this.#manner === "loose" ? "loose" : "exact"): void {
    if (this.#depth >= deepest) return this.#budget.leaveUnread();
    if (!this.#budget.take(line.length + perText)) return;
    const reader = new LineReader(line, this.#budget, manner, this.#depth + 1);
    this.#inside.push(reader.read());
    this.pipes.add(reader.pipes);
  }
}
