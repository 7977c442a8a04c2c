const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const [OPEN_LIST, CLOSE_LIST] = [0x5b, 0x5d];
const [OPEN_OBJECT, CLOSE_OBJECT] = [0x7b, 0x7d];

/** What of a number becomes the value; `source` is its literal. */
type NumberOf = (value: number, source: string) => unknown;

/**
 * Reads JSON (RFC 8259). The V8 of Node 24 up to 24.21, and of 26 up to 26.10, reads wrong names (https://github.com/nodejs/node/issues/63785): where an
 * object follows another one of the same shape, it takes a name that has an escape for the one it expects when their first characters in the
 * text agree. After `{"\\u0061":1}` the name in `{"\u0061mount":1}` is `\u0061`. A policy would not see the `amount` that the tool server gets.
 * So texts in which a name has an escape are read here.
 * @throws SyntaxError; RangeError for such a text with some thousand levels
 */
export function parseJson(text: string): unknown {
  // Refuses what is no JSON, also for the reader.
  const value: unknown = JSON.parse(text);
  return hasEscapedName(text) ? new Reader(text, (number) => number).value() : value;
}

/** As `parseJson`, and `number` may give another value for a number. @throws SyntaxError, and what `number` throws */
export function parseJsonWith(text: string, number: NumberOf): unknown {
  JSON.parse(text);
  return new Reader(text, number).value();
}

/** Whether a name in this JSON has an escape. */
function hasEscapedName(text: string): boolean {
  // The first backslash behind what was read stands in a text.
  for (let at = text.indexOf("\\"); at !== -1; at = text.indexOf("\\", at)) {
    at = blankEnd(text, textEnd(text, at));
    if (text.charCodeAt(at) === COLON) return true;
  }
  return false;
}

/** Where a text is over, from a place in it. */
function textEnd(text: string, from: number): number {
  let at = from;
  for (let code = text.charCodeAt(at); code !== QUOTE; code = text.charCodeAt(at)) at += code === BACKSLASH ? 2 : 1;
  return at + 1;
}

/** Behind white space. */
function blankEnd(text: string, from: number): number {
  let at = from;
  while (isBlank(text.charCodeAt(at))) at += 1;
  return at;
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/** Reads what is known to be JSON. JSON.parse reads texts and literals, which have no names. */
class Reader {
  readonly #text: string;
  readonly #number: NumberOf;
  #at = 0;

  constructor(text: string, number: NumberOf) {
    this.#text = text;
    this.#number = number;
  }

  value(): unknown {
    const code = this.#next();
    if (code === OPEN_OBJECT) return this.#object();
    if (code === OPEN_LIST) return this.#list();
    return code === QUOTE ? this.#string() : this.#literal();
  }

  #object(): object {
    const object = {};
    this.#each(CLOSE_OBJECT, () => {
      const name = this.#string();
      this.#next();
      this.#at += 1;
      // Not by assignment, which would set the prototype for the name `__proto__`.
      Object.defineProperty(object, name, {
        value: this.value(),
        writable: true,
        enumerable: true,
        configurable: true,
      });
    });
    return object;
  }

  #list(): unknown[] {
    const list: unknown[] = [];
    this.#each(CLOSE_LIST, () => list.push(this.value()));
    return list;
  }

  /** From an opening bracket to the closing one. */
  #each(close: number, one: () => void): void {
    this.#at += 1;
    if (this.#next() !== close) one();
    while (this.#next() !== close) {
      this.#at += 1;
      this.#next();
      one();
    }
    this.#at += 1;
  }

  #string(): string {
    const from = this.#at;
    this.#at = textEnd(this.#text, from + 1);
    return JSON.parse(this.#text.slice(from, this.#at)) as string;
  }

  #literal(): unknown {
    const from = this.#at;
    while (isInLiteral(this.#text.charCodeAt(this.#at))) this.#at += 1;
    const source = this.#text.slice(from, this.#at);
    const value: unknown = JSON.parse(source);
    return typeof value === "number" ? this.#number(value, source) : value;
  }

  /** The next character that is no white space. */
  #next(): number {
    this.#at = blankEnd(this.#text, this.#at);
    return this.#text.charCodeAt(this.#at);
  }
}

/** Not at the end of the text (NaN), white space, a comma or a closing bracket. */
function isInLiteral(code: number): boolean {
  return code > 0x20 && code !== 0x2c && code !== CLOSE_LIST && code !== CLOSE_OBJECT;
}
