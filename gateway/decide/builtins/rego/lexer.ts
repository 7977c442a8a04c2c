import type { Token } from "./keywords.ts";

const PAIRS: ReadonlySet<string> = new Set([":=", "==", ">=", "<=", "!="]);
const SINGLES: ReadonlySet<string> = new Set("[]{}(),:+-*/%&|=><;.");
const ESCAPES: ReadonlySet<string> = new Set('\\"/bfnrt');
const BLANK: ReadonlySet<string> = new Set(" \t\n\r");
const SIGNS: ReadonlySet<string> = new Set("+-");
const BOM = "\ufeff";
/** The character at the end of the text. */
const END = "";

/** One token and where it starts. */
export interface Scanned {
  readonly token: Token;
  /** Its text; of strings with the quotes, of parts of templates with what encloses them. */
  readonly text: string;
  /** Index of its first UTF-16 unit. */
  readonly offset: number;
  /** From one; columns count code points. */
  readonly row: number;
  readonly column: number;
  readonly faulty: boolean;
}

/** Where a lexer stands. A character is read one ahead, and a bad one spoils the token that was read with it. */
interface Place {
  at: number;
  char: string;
  row: number;
  column: number;
  faulty: boolean;
}

/** Reads a module's text token by token, as OPA's scanner does. */
export class Lexer {
  readonly #text: string;
  readonly #place: Place;
  /** Shared with the copies. */
  readonly keywords: Set<string>;
  /** Places of characters that are not part of the token's text. */
  #removed: number[] = [];

  private constructor(text: string, keywords: Set<string>, place: Place) {
    this.#text = text;
    this.keywords = keywords;
    this.#place = place;
  }

  static over(text: string, keywords: Set<string>): Lexer {
    const lexer = new Lexer(text, keywords, { at: 0, char: END, row: 1, column: 0, faulty: false });
    lexer.#read();
    if (lexer.#place.char === BOM) lexer.#step();
    return lexer;
  }

  /** One that goes on from here on its own. */
  copy(keywords = this.keywords): Lexer {
    return new Lexer(this.#text, keywords, { ...this.#place });
  }

  endsAt(offset: number): boolean {
    return offset === this.#text.length;
  }

  scan(): Scanned {
    return this.#scanned(() => this.#token());
  }

  /** What follows the braces of an expression in a template string. */
  scanTemplate(raw: boolean): Scanned {
    return this.#scanned(() => this.#template(raw), 1);
  }

  #scanned(read: () => Token, before = 0): Scanned {
    const { at: offset, row, column } = this.#place;
    this.#removed = [];
    const token = read();
    const { faulty, at } = this.#place;
    this.#place.faulty = false;
    return { token, text: this.#cut(offset - before, at), offset, row, column, faulty };
  }

  #cut(from: number, to: number): string {
    let text = "";
    let start = from;
    for (const place of this.#removed) {
      text += this.#text.slice(start, place);
      start = place + 1;
    }
    return text + this.#text.slice(start, to);
  }

  #read(): void {
    const { at } = this.#place;
    const code = this.#text.codePointAt(at);
    this.#place.char = code === undefined ? END : String.fromCodePoint(code);
    if (code === undefined) return;
    if (code === 0 || (code === 0xfeff && at > 0)) this.#place.faulty = true;
    if (code === 10) {
      this.#place.row += 1;
      this.#place.column = 0;
    } else this.#place.column += 1;
  }

  #step(): void {
    this.#place.at += this.#place.char.length;
    this.#read();
  }

  #token(): Token {
    const { char, at } = this.#place;
    if (isLetter(char)) {
      this.#word();
      const word = this.#text.slice(at, this.#place.at);
      return this.keywords.has(word) ? word : "ident";
    }
    if (isDecimal(char)) return this.#number();
    this.#step();
    if (BLANK.has(char)) return "space";
    const pair = char + this.#place.char;
    if (PAIRS.has(pair)) {
      this.#step();
      return pair;
    }
    return SINGLES.has(char) ? char : this.#other(char);
  }

  #other(char: string): Token {
    switch (char) {
      case END:
        return "eof";
      case "#":
        while (this.#place.char !== "\n" && this.#place.char !== END) this.#step();
        return "comment";
      case '"':
        return this.#string();
      case "`":
        return this.#rawString();
      case "$":
        return this.#dollar();
      default:
        return "illegal";
    }
  }

  #dollar(): Token {
    const { char } = this.#place;
    if (char !== '"' && char !== "`") return this.#fault();
    this.#removed.push(this.#place.at - 1);
    this.#step();
    return this.#template(char === "`");
  }

  #fault(): Token {
    this.#place.faulty = true;
    return "illegal";
  }

  #word(): void {
    while (isLetter(this.#place.char) || isDigit(this.#place.char)) this.#step();
  }

  #digits(): boolean {
    const start = this.#place.at;
    while (isDecimal(this.#place.char)) this.#step();
    return this.#place.at > start;
  }

  #number(): Token {
    this.#digits();
    if (this.#place.char === ".") {
      this.#step();
      if (!this.#digits()) this.#fault();
    }
    if (this.#place.char === "e" || this.#place.char === "E") {
      this.#step();
      if (SIGNS.has(this.#place.char)) this.#step();
      if (!this.#digits()) this.#fault();
    }
    if (isLetter(this.#place.char)) {
      this.#fault();
      this.#word();
    }
    return "number";
  }

  #string(): Token {
    for (;;) {
      const { char } = this.#place;
      if (char === "\n" || char === END) return this.#fault();
      this.#step();
      if (char === '"') return "string";
      if (char === "\\") this.#escape(false);
    }
  }

  /** Whether four digits follow `\u` is seen when the string is decoded. */
  #escape(template: boolean): void {
    const { char, at } = this.#place;
    if (ESCAPES.has(char)) this.#step();
    else if (template && char === "{") {
      this.#removed.push(at - 1);
      this.#step();
    } else if (char === "u") for (let i = 0; i < 4; i += 1) this.#step();
    else this.#fault();
  }

  #rawString(): Token {
    for (;;) {
      const { char } = this.#place;
      if (char === END) return this.#fault();
      this.#step();
      if (char === "`") return "string";
    }
  }

  #template(raw: boolean): Token {
    const quote = raw ? "`" : '"';
    for (;;) {
      const { char } = this.#place;
      if (char === END || (!raw && char === "\n")) return this.#fault();
      this.#step();
      if (char === quote) return raw ? "rawend" : "end";
      if (char === "{") return raw ? "rawpart" : "part";
      if (char !== "\\") continue;
      if (!raw) this.#escape(true);
      else if (this.#place.char === "{") {
        this.#removed.push(this.#place.at - 1);
        this.#step();
      }
    }
  }
}

function isLetter(char: string): boolean {
  return (char >= "a" && char <= "z") || (char >= "A" && char <= "Z") || char === "_";
}

function isDecimal(char: string): boolean {
  return char >= "0" && char <= "9";
}

function isDigit(char: string): boolean {
  return isDecimal(char) || (char > "\x7f" && /^\p{Nd}$/u.test(char));
}
