import { nameOf, shells } from "./programs.ts";

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
 * The commands of a command line, also those inside of `$(…)` and backticks, in no order. The lines of a here-document are commands
 * where a shell is given them, or where it is not sure that they are a here-document.
 */
export function commandsOf(line: string): SimpleCommand[] {
  const whole = new LineReader(line);
  whole.read();
  const split = whole.doubt.is ? line.split("\n") : [];
  const others = split.flatMap((one) => {
    const reader = new LineReader(one);
    reader.read();
    return reader.commands;
  });
  return [...whole.commands, ...others].filter((command) => command.length > 0);
}

/** Whether some `<<` may be no here-document, and from where on in the line none is sure. */
interface Doubt {
  is: boolean;
  from?: number;
}

/** A here-document whose lines begin behind the line's end. */
interface HereDocument {
  readonly end: string;
  readonly isIndented: boolean;
  /** Nothing in it is executed. */
  readonly isQuoted: boolean;
  /** The words of the command that is given it, as far as they are read. */
  readonly command: readonly Word[];
}

const hereDocument = /<<(-?)[ \t]*((?:'[^'\n]*'|"[^"\n]*"|\\.|[^\s'"\\;|&()<>`$])+)/y;
/** Where these stand, `<<` may be a shift of numbers or a part of a text. */
const doubtful = /\(\(|\$\{|\$\[|\w\[/;

/** Deeper nesting is told as a word that is not known. */
const deepest = 8;

class LineReader {
  readonly commands: Word[][] = [[]];
  readonly doubt: Doubt;
  readonly #line: string;
  readonly #depth: number;
  readonly #isInner: boolean;
  #documents: HereDocument[] = [];
  #open = 0;
  #at: number;
  #text = "";
  #begun = false;
  #isOpen = false;
  #isPattern = false;
  #isRedirected = false;

  /** With `within`, what stands in `$(…)` from there on. */
  constructor(line: string, depth = 0, within: { readonly from: number; readonly doubt: Doubt } | null = null) {
    this.#line = line;
    this.#depth = depth;
    this.#isInner = within !== null;
    this.#at = within?.from ?? 0;
    this.doubt = within?.doubt ?? { is: false };
  }

  /** Where it has ended. */
  read(): number {
    while (this.#at < this.#line.length) {
      const char = this.#line.charAt(this.#at);
      if (this.#isInner && char === ")" && this.#open === 0) break;
      this.#step(char);
    }
    this.#endWord();
    return this.#at;
  }

  #step(char: string): void {
    const next = this.#line.charAt(this.#at + 1);
    if (char === "\\") this.#escaped();
    else if (char === "$" && next === "'") this.#escapesQuoted();
    else if (char === "'") this.#singleQuoted();
    else if (char === '"') this.#doubleQuoted();
    else if (char === "$" || char === "`") this.#substitution();
    else if (char === "\n") this.#lineEnd();
    else if (/\s/.test(char)) this.#between(false);
    else if (this.#isBrace(char, next)) this.#pattern(char);
    else if (";|&(){}".includes(char)) this.#separator(char);
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

  #separator(char: string): void {
    if (char === "(") this.#open += 1;
    if (char === ")") this.#open -= 1;
    this.#between(true);
  }

  #redirection(): void {
    const from = this.#at;
    this.#between(false);
    this.#isRedirected = true;
    if (this.#line.startsWith("<<<", from)) this.#at = from + 3;
    else if (this.#line.startsWith("<<", from)) this.#hereDocument(from);
  }

  #hereDocument(from: number): void {
    hereDocument.lastIndex = from;
    const [all, dash, end = ""] = hereDocument.exec(this.#line) ?? [];
    this.doubt.from ??= this.#line.search(doubtful);
    if (all === undefined || (this.doubt.from !== -1 && this.doubt.from < from)) this.doubt.is = true;
    if (all === undefined || this.doubt.is) return;
    const command = this.commands.at(-1) ?? [];
    const bare = end.replace(/['"\\]/g, "");
    this.#documents.push({ end: bare, isIndented: dash === "-", isQuoted: bare !== end, command });
    [this.#isRedirected, this.#at] = [false, from + all.length];
  }

  #lineEnd(): void {
    this.#between(true);
    for (const document of this.#documents.splice(0)) if (!this.doubt.is) this.#body(document);
  }

  #body({ end, isIndented, isQuoted, command }: HereDocument): void {
    const from = this.#at;
    for (let at = from; at <= this.#line.length;) {
      const newline = this.#line.indexOf("\n", at);
      const until = newline === -1 ? this.#line.length : newline;
      const line = this.#line.slice(at, until);
      if ((isIndented ? line.replace(/^\t+/, "") : line) === end) {
        const text = this.#line.slice(from, at);
        if (command.some((word) => shells.has(nameOf(word.text)))) this.#inner(text);
        else if (!isQuoted) this.#substitutionsIn(text);
        this.#at = until + 1;
        return;
      }
      at = until + 1;
    }
    this.doubt.is = true;
  }

  /** As in double quotes, but for these, which mean nothing there. */
  #substitutionsIn(text: string): void {
    if (!/[$`]/.test(text)) return;
    this.#inner(`: "${text.replace(/"/g, " ")}"`);
  }

  #between(endsCommand: boolean): void {
    this.#endWord();
    if (endsCommand) [this.#isRedirected] = [false, this.commands.push([])];
    this.#at += 1;
  }

  #endWord(): void {
    if (!this.#begun) return;
    const [isOpen, isPattern, isRedirected] = [this.#isOpen, this.#isPattern, this.#isRedirected];
    this.commands.at(-1)?.push({ text: this.#text, isOpen, isPattern, isRedirected });
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
    const isInner = this.#line.charAt(this.#at + 1) === "(";
    const ends = isTick ? this.#closingTick() : isInner ? this.#readInner() : -1;
    if (ends === -1) return this.#add(this.#line.charAt(this.#at));
    this.#text += this.#line.slice(this.#at, ends + 1);
    if (isTick) this.#inner(this.#line.slice(this.#at + 1, ends).replace(/\\([`\\$])/g, "$1"));
    this.#at = ends + 1;
  }

  /** Deeper than is read, nothing of the line's rest is known. */
  #readInner(): number {
    if (this.#depth >= deepest) {
      this.commands.unshift([{ text: "$(", isOpen: true, isPattern: false, isRedirected: false }]);
      return this.#line.length;
    }
    const reader = new LineReader(this.#line, this.#depth + 1, { from: this.#at + 2, doubt: this.doubt });
    const ends = reader.read();
    this.#take(reader);
    return ends;
  }

  /** One behind a backslash belongs to a command inside. */
  #closingTick(): number {
    for (let at = this.#at + 1; at < this.#line.length; at++) {
      if (this.#line.charAt(at) === "\\") at += 1;
      else if (this.#line.charAt(at) === "`") return at;
    }
    return -1;
  }

  #inner(line: string): void {
    if (this.#depth >= deepest) return;
    const reader = new LineReader(line, this.#depth + 1);
    reader.read();
    this.#take(reader);
  }

  #take({ commands, doubt }: LineReader): void {
    this.doubt.is ||= doubt.is;
    // Before the command that is being read, which stays the last one.
    this.commands.unshift(...commands);
  }
}
