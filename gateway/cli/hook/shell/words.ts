/** One command of a command line: its words as the program gets them, quotes and backslashes taken away. */
export type SimpleCommand = readonly Word[];

export interface Word {
  readonly text: string;
  /** It holds a variable, a command or a pattern that only the shell resolves, so what the program gets is not known. */
  readonly isOpen: boolean;
}

/** The commands of a command line, also those inside of `$(…)` and backticks, in no order. */
export function commandsOf(line: string): SimpleCommand[] {
  const reader = new LineReader(line);
  reader.read();
  return reader.commands.filter((command) => command.length > 0);
}

/** Deeper nesting is told as a word that is not known. */
const deepest = 8;

class LineReader {
  readonly commands: Word[][] = [[]];
  readonly #line: string;
  readonly #depth: number;
  #at = 0;
  #text = "";
  #begun = false;
  #isOpen = false;

  constructor(line: string, depth = 0) {
    this.#line = line;
    this.#depth = depth;
  }

  read(): void {
    while (this.#at < this.#line.length) this.#step(this.#line.charAt(this.#at));
    this.#endWord();
  }

  #step(char: string): void {
    if (char === "\\") this.#escaped();
    else if (char === "'") this.#singleQuoted();
    else if (char === '"') this.#doubleQuoted();
    else if (char === "$" || char === "`") this.#substitution();
    else if (/\s/.test(char)) this.#between(char === "\n");
    else if (";|&(){}".includes(char)) this.#between(true);
    else if (char === "<" || char === ">") this.#between(false);
    else if (char === "#" && !this.#begun) this.#comment();
    else this.#add(char);
  }

  #add(text: string): void {
    this.#text += text;
    this.#begun = true;
    this.#at += 1;
  }

  #between(endsCommand: boolean): void {
    this.#endWord();
    if (endsCommand) this.commands.push([]);
    this.#at += 1;
  }

  #endWord(): void {
    if (this.#begun) this.commands.at(-1)?.push({ text: this.#text, isOpen: this.#isOpen });
    [this.#text, this.#begun, this.#isOpen] = ["", false, false];
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
    const ends = this.#line.charAt(this.#at) === "`" ? this.#line.indexOf("`", this.#at + 1) : this.#closing();
    if (ends === -1) return this.#add(this.#line.charAt(this.#at));
    const from = this.#line.charAt(this.#at) === "`" ? this.#at + 1 : this.#at + 2;
    this.#text += this.#line.slice(this.#at, ends + 1);
    this.#inner(this.#line.slice(from, ends));
    this.#at = ends + 1;
  }

  /** Of `$(`; -1 for a plain variable. */
  #closing(): number {
    if (this.#line.charAt(this.#at + 1) !== "(") return -1;
    let open = 0;
    for (let at = this.#at + 1; at < this.#line.length; at++) {
      if (this.#line.charAt(at) === "(") open += 1;
      if (this.#line.charAt(at) === ")" && --open === 0) return at;
    }
    return -1;
  }

  #inner(line: string): void {
    if (this.#depth >= deepest) return;
    const reader = new LineReader(line, this.#depth + 1);
    reader.read();
    // Before the command that is being read, which stays the last one.
    this.commands.unshift(...reader.commands);
  }
}
