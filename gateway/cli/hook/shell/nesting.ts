import { CommandWords } from "./command-words.ts";
import { endOfBody, hereDocumentAt, type HereDocument, type WithoutBodies } from "./here-document.ts";
import type { ReadBudget } from "./read-budget.ts";

/** Deeper than that nothing is read. */
const deepest = 60;

/** Between two words, or two commands. */
const betweenWords = /[ \t\n;&|()<>]/;
/** What makes single quotes within `"${…}"` quote. */
const operatorOfPattern = /^\$\{[!#]?(?:\w+|[@*#?$!-])(?:\[[^\]]*\])?[#%/^,]/;

/** Whether a `${…}` stands in double quotes, and whether single quotes are some in it. */
interface Within {
  readonly inQuotes: boolean;
  readonly quotes: boolean;
}

/**
 * How quotes, substitutions, comments and here-documents stand in each other, as a shell reads a command line: a parenthesis, a quote or a
 * line of one is none of the other's.
 */
export class Nesting {
  readonly #line: string;
  readonly #budget: ReadBudget;
  /** Without bodies of here-documents. */
  readonly #kept: string[] = [];
  #keptTo = 0;
  #at = 0;
  /** Begun in this line of text; their bodies begin with the next one. */
  #waiting: HereDocument[] = [];
  /** How many `$(…)` and `<(…)` are open. */
  #withinWords = 0;
  /** Of here-documents in which the shell puts values in the place of variables and commands. */
  readonly #bodiesWithValues: string[] = [];
  #bodiesAreText = true;

  constructor(line: string, budget: ReadBudget) {
    this.#line = line;
    this.#budget = budget;
  }

  withoutHereDocuments(): WithoutBodies {
    for (; this.#at < this.#line.length && !this.#budget.isSpent; this.#at++) this.#commands("", 0);
    const line = [...this.#kept, this.#line.slice(this.#keptTo)].join("");
    return { line, bodies: this.#bodiesWithValues, bodiesAreText: this.#bodiesAreText && this.#waiting.length === 0 };
  }

  /** Place of the parenthesis that closes one before `from`; -1 when there is none, or none before the budget ends. */
  closingParenthesis(from: number): number {
    this.#at = from;
    this.#withinWords = 1;
    return this.#commands(")", 0) ? this.#at : -1;
  }

  /** Place of the brace that closes the `${` at `from`; -1 as above. */
  closingBrace(from: number, inQuotes: boolean): number {
    this.#at = from;
    return this.#variable(inQuotes, 0) ? this.#at : -1;
  }

  /** Up to what closes them. False: the line ends before. */
  #commands(closes: string, depth: number, words = new CommandWords()): boolean {
    if (depth > deepest) return this.#tooDeep();
    for (; this.#at < this.#line.length && this.#budget.take(1); this.#at++) {
      const char = this.#line.charAt(this.#at);
      if (char === "(" && words.goesOn !== null) {
        if (!this.#inParentheses(words, depth)) return false;
      } else if (betweenWords.test(char)) {
        // Bash reads a subscript to its end.
        if (char === "<" && words.canBeSubscript && this.#line.startsWith("<<", this.#at)) this.#budget.leaveUnread();
        const endsPattern = words.end(char, this.#at);
        if (char === ")" && closes === ")" && !endsPattern) return true;
        if (!this.#between(char, words, depth)) return false;
      } else if (char === "#" && !words.isBegun) this.#comment();
      else if (!this.#inWord(char, words, depth)) return false;
    }
    return false;
  }

  #between(char: string, words: CommandWords, depth: number): boolean {
    if (char === "\n" && this.#waiting.length > 0) this.#bodies();
    else if (char === "<") this.#hereDocument();
    else if (char === "(") return this.#parenthesis(words, depth);
    return true;
  }

  #parenthesis(words: CommandWords, depth: number): boolean {
    // `<(…)` is a word, or a part of one.
    const isWord = this.#at > 0 && "<>".includes(this.#line.charAt(this.#at - 1));
    const isClosed =
      this.#arithmetic(false, depth) || (isWord ? this.#innerOfWord(depth) : this.#inner(depth, words.reservesNothing));
    if (isWord) words.add("(");
    else words.end(")", this.#at);
    return isClosed;
  }

  /** Of a word that goes on behind them: the values of an array, in which no word is reserved, or a group of a pattern. */
  #inParentheses(words: CommandWords, depth: number): boolean {
    const isList = words.goesOn === "list";
    words.add("(");
    return isList ? this.#inner(depth, true) : this.#eitherWay(false, depth);
  }

  #inWord(char: string, words: CommandWords, depth: number): boolean {
    const next = this.#line.charAt(this.#at + 1);
    // A line that goes on behind its end.
    if (char !== "\\" || next !== "\n") words.add(char);
    if (char === "\\") this.#at += 1;
    else if (char === "'") return this.#singleQuotes();
    else if (char === '"') return this.#doubleQuotes(depth);
    else if (char === "`") return this.#upTo("`", 1);
    else if (char === "$" && next === "'") return this.#upTo("'", 2);
    else if (char === "$" && next === "{") return this.#variable(false, depth + 1);
    else if (char === "$" && next === "(") return this.#substitution(false, depth);
    else if (char === "$" && next === "[") return this.#counted(false, depth);
    return true;
  }

  /** From an opening parenthesis to its closing one. */
  #inner(depth: number, isList = false): boolean {
    this.#at += 1;
    return this.#commands(")", depth + 1, new CommandWords(isList));
  }

  /** Of commands within a word: no body of a here-document begins there that was begun before them. */
  #innerOfWord(depth: number): boolean {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#withinWords += 1;
    const isClosed = this.#inner(depth);
    this.#withinWords -= 1;
    this.#waiting = [...waiting, ...this.#waiting];
    return isClosed;
  }

  /** Where `$((` begins no arithmetic, bash looks for its end as if it did. */
  #substitution(inQuotes: boolean, depth: number): boolean {
    this.#at += 1;
    if (!this.#line.startsWith("((", this.#at)) return this.#innerOfWord(depth);
    return this.#arithmetic(inQuotes, depth) || this.#eitherWay(inQuotes, depth);
  }

  #singleQuotes(): boolean {
    const end = this.#line.indexOf("'", this.#at + 1);
    if (end === -1) return false;
    this.#budget.take(end - this.#at);
    this.#at = end;
    return true;
  }

  /** Up to the next character of this kind that no backslash stands before. */
  #upTo(closes: string, skipped: number): boolean {
    for (this.#at += skipped; this.#at < this.#line.length && this.#budget.take(1); this.#at++) {
      if (this.#line.charAt(this.#at) === closes) return true;
      if (this.#line.charAt(this.#at) === "\\") this.#at += 1;
    }
    return false;
  }

  #doubleQuotes(depth: number): boolean {
    if (depth > deepest) return this.#tooDeep();
    for (this.#at += 1; this.#at < this.#line.length && this.#budget.take(1); this.#at++) {
      const char = this.#line.charAt(this.#at);
      if (char === '"') return true;
      if (!this.#inQuotes(char, depth)) return false;
    }
    return false;
  }

  /** What stands in double quotes: no single quotes, no comment. */
  #inQuotes(char: string, depth: number, inQuotes = true): boolean {
    const next = this.#line.charAt(this.#at + 1);
    if (char === "\\") this.#at += 1;
    else if (char === "`") return this.#upTo("`", 1);
    else if (char === "$" && next === "{") return this.#variable(inQuotes, depth + 1);
    else if (char === "$" && next === "(") return this.#substitution(inQuotes, depth);
    else if (char === "$" && next === "[") return this.#counted(inQuotes, depth);
    return true;
  }

  /** `${…}`. */
  #variable(inQuotes: boolean, depth: number): boolean {
    const head = this.#line.slice(this.#at, this.#at + 80);
    this.#at += 1;
    return this.#within("}", { inQuotes, quotes: !inQuotes || operatorOfPattern.test(head) }, depth);
  }

  /** `$[…]`. */
  #counted(inQuotes: boolean, depth: number): boolean {
    this.#at += 1;
    return this.#within("]", { inQuotes, quotes: !inQuotes }, depth + 1);
  }

  /** From a bracket to the one that closes it, where no command, comment or here-document begins. Only in `${…}` do further ones not count. */
  #within(closes: string, kind: Within, depth: number): boolean {
    if (depth > deepest) return this.#tooDeep();
    const opens = closes === "}" ? "" : this.#line.charAt(this.#at);
    let open = 1;
    for (this.#at += 1; this.#at < this.#line.length && this.#budget.take(1); this.#at++) {
      const char = this.#line.charAt(this.#at);
      if (char === opens) open += 1;
      else if (char === closes && --open === 0) return true;
      if (!this.#inVariable(char, kind, depth)) return false;
    }
    return false;
  }

  #inVariable(char: string, { inQuotes, quotes }: Within, depth: number): boolean {
    const next = this.#line.charAt(this.#at + 1);
    if (char === '"') return this.#doubleQuotes(depth + 1);
    if (char === "'" && quotes) return this.#singleQuotes();
    if (char === "$" && quotes && next === "'") return this.#upTo("'", 2);
    if ((char === "<" || char === ">") && next === "(" && !inQuotes) return this.#substitution(false, depth);
    return this.#inQuotes(char, depth + 1, inQuotes);
  }

  #comment(): void {
    const end = this.#line.indexOf("\n", this.#at);
    // The line end itself is read: bodies of here-documents begin there.
    this.#at = (end === -1 ? this.#line.length : end) - 1;
  }

  /** `((…))`, in which `<<` and `#` are others. False: the parentheses at this place are none of this kind. */
  #arithmetic(inQuotes: boolean, depth: number): boolean {
    // What is doubt already is not read in several ways again and again.
    if (this.#budget.isPartial || !this.#line.startsWith("((", this.#at)) return false;
    const goBack = this.#mark();
    this.#at += 1;
    const isClosed = this.#within(")", { inQuotes, quotes: true }, depth + 1);
    if (!isClosed) this.#budget.leaveUnread();
    this.#at += 1;
    if (isClosed && this.#line.charAt(this.#at) === ")") return true;
    goBack();
    return false;
  }

  /** Parentheses whose inside bash does not read as commands, though another shell, or another option, does: doubt where they end elsewhere then. */
  #eitherWay(inQuotes: boolean, depth: number): boolean {
    if (this.#budget.isPartial) return this.#innerOfWord(depth);
    const goBack = this.#mark();
    const end = this.#within(")", { inQuotes, quotes: true }, depth + 1) ? this.#at : -1;
    goBack();
    const isClosed = this.#innerOfWord(depth);
    if (this.#at !== end) this.#budget.leaveUnread();
    return isClosed;
  }

  /** How to read again from here. */
  #mark(): () => void {
    const [at, keptTo, waiting] = [this.#at, this.#keptTo, this.#waiting];
    const [kept, bodies, begun] = [this.#kept.length, this.#bodiesWithValues.length, waiting.length];
    return () => {
      [this.#at, this.#keptTo, this.#waiting] = [at, keptTo, waiting];
      [this.#kept.length, this.#bodiesWithValues.length, waiting.length] = [kept, bodies, begun];
    };
  }

  #hereDocument(): void {
    const found = hereDocumentAt(this.#line, this.#at);
    if (found === null) return;
    if (found !== "here-string") {
      this.#waiting.push(found);
      // A redirection it stays: behind one no word is reserved.
      this.#kept.push(this.#line.slice(this.#keptTo, this.#at), "<<<'' ");
      this.#keptTo = found.ends;
    }
    this.#at = (found === "here-string" ? this.#at + 3 : found.ends) - 1;
  }

  /** Behind the line end. */
  #bodies(): void {
    let at = this.#at + 1;
    this.#kept.push(this.#line.slice(this.#keptTo, at));
    for (const one of this.#waiting) {
      const end = endOfBody(this.#line, at, one, this.#withinWords > 0);
      if (!this.#budget.take(end.readTo - at)) return;
      if (end.isDisputed) this.#budget.leaveUnread();
      this.#bodiesAreText &&= one.isPlain && !this.#line.startsWith("#!", at);
      if (!one.isQuoted) this.#bodiesWithValues.push(this.#line.slice(at, end.at));
      at = end.at;
    }
    this.#waiting = [];
    this.#keptTo = at;
    this.#at = at - 1;
  }

  #tooDeep(): boolean {
    this.#budget.leaveUnread();
    this.#at = this.#line.length;
    return false;
  }
}
