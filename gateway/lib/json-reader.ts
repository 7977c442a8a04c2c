import { isUtf8 } from "node:buffer";
import { asBuffer, resizableZeros } from "./bytes-in-turns.ts";

/** Bytes that the reader does not take for JSON. `parseJson` says what is wrong with them, or knows better. */
export class UnreadJson extends Error {}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const COMMA = 0x2c;
const COLON = 0x3a;
const [OPEN_LIST, CLOSE_LIST] = [0x5b, 0x5d];
const [OPEN_OBJECT, CLOSE_OBJECT] = [0x7b, 0x7d];

const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;
const LITERALS = new Map<string, boolean | null>([
  ["true", true],
  ["false", false],
  ["null", null],
]);
/** Levels of lists and objects, each of which takes stack. */
const DEEPEST = 500;
/** Bytes that are worth giving back. */
export const givenBackBytes = 1024 * 1024;
/** The part of all bytes that is: what is left is moved to the front each time. */
const GIVEN_BACK_PART = 1 / 4;

/**
 * Reads JSON without making it objects: large data take many times their text as those. It accepts nothing that `JSON.parse` refuses, and
 * what it gives is what the text says; names may be there twice.
 */
export class JsonReader {
  #bytes: Buffer;
  #at = 0;
  readonly #given: boolean;

  /**
   * `given`: the bytes are all that is in their memory, which is given back while they are read: nobody else may use it, and a place lasts
   * until the next member or item; then other text may be there.
   * @throws UnreadJson, as all methods
   */
  constructor(bytes: Uint8Array, { given = false } = {}) {
    this.#bytes = asBuffer(bytes);
    this.#given = given;
    // JSON.parse reads other characters where it is none.
    if (!isUtf8(this.#bytes)) throw new UnreadJson();
  }

  get bytes(): Buffer {
    return this.#bytes;
  }

  /** Where the next value begins. */
  get at(): number {
    return this.#at;
  }

  /** What the next value is. */
  get next(): "object" | "list" | "text" | "other" {
    const byte = this.#peek();
    if (byte === QUOTE) return "text";
    return byte === OPEN_OBJECT ? "object" : byte === OPEN_LIST ? "list" : "other";
  }

  /** `member` reads a name by `text`, and the value behind `colon`. */
  object(member: () => void): void {
    this.#each(OPEN_OBJECT, CLOSE_OBJECT, member);
  }

  /** `item` reads one value. */
  list(item: () => void): void {
    this.#each(OPEN_LIST, CLOSE_LIST, item);
  }

  colon(): void {
    if (this.#peek() !== COLON) throw new UnreadJson();
    this.#at += 1;
    this.#peek();
  }

  /** `plain` gets the place of a text that has no escapes, `escaped` any other text. */
  text<Result>(plain: (from: number, to: number) => Result, escaped: (text: string) => Result): Result {
    if (this.#peek() !== QUOTE) throw new UnreadJson();
    const bytes = this.#bytes;
    const from = this.#at + 1;
    let to = from;
    let escapes = false;
    for (; bytes[to] !== QUOTE; to += 1) {
      const byte = bytes[to];
      if (byte === undefined || byte < SPACE) throw new UnreadJson();
      if (byte !== BACKSLASH) continue;
      escapes = true;
      to += 1;
    }
    this.#at = to + 1;
    return escapes ? escaped(unescaped(bytes.toString("utf8", from - 1, to + 1))) : plain(from, to);
  }

  /** A number, true, false or null. */
  other(): number | boolean | null {
    return this.otherWith((value) => value);
  }

  /** As `other`; `number` gives what counts for a number, which is written as `source`. */
  otherWith<Kept>(number: (value: number, source: string) => Kept): Kept | boolean | null {
    this.#peek();
    const from = this.#at;
    while (isWord(this.#bytes[this.#at])) this.#at += 1;
    const word = this.#bytes.toString("latin1", from, this.#at);
    if (NUMBER.test(word)) return number(Number(word), word);
    const literal = LITERALS.get(word);
    if (literal === undefined) throw new UnreadJson();
    return literal;
  }

  /** A text, such as the name of a member. */
  string(): string {
    return this.text(
      (from, to) => this.#bytes.toString("utf8", from, to),
      (text) => text,
    );
  }

  /**
   * Reads over one value, which lies in so many lists and objects. It does not read half a surrogate pair, or more than 500 levels. `once`: nor
   * an object that has a name twice.
   */
  skip(once = false, depth = 0): void {
    const inner = (): void => this.skip(once, depth + 1);
    const { next } = this;
    if (next === "text") this.text(ignore, wellFormed);
    else if (next !== "other" && depth === DEEPEST) throw new UnreadJson();
    else if (next === "list") this.list(inner);
    else if (next === "other") this.other();
    else if (once) this.members(inner);
    else
      this.object(() => {
        this.text(ignore, wellFormed);
        this.colon();
        inner();
      });
  }

  /** The members of an object that has no name twice, and half a surrogate pair in none. `member` reads the value. */
  members(member: (name: string) => void): void {
    const names = new Set<string>();
    this.object(() => {
      const name = wellFormed(this.string());
      if (names.has(name)) throw new UnreadJson();
      names.add(name);
      this.colon();
      member(name);
    });
  }

  /** Nothing may be behind the value. */
  end(): void {
    if (!Number.isNaN(this.#peek())) throw new UnreadJson();
  }

  #each(open: number, close: number, one: () => void): void {
    if (this.#peek() !== open) throw new UnreadJson();
    this.#at += 1;
    if (this.#peek() === close) {
      this.#at += 1;
      return;
    }
    for (;;) {
      if (this.#given) this.#drop();
      one();
      const byte = this.#peek();
      this.#at += 1;
      if (byte === close) return;
      if (byte !== COMMA) throw new UnreadJson();
      this.#peek();
    }
  }

  /**
   * Gives back what has been read, once that is much: resizable memory is shortened, and what is left in any other moves to such memory once. Of
   * many memories, each smaller than the one before, the C library keeps what is given back.
   */
  #drop(): void {
    const { buffer } = this.#bytes;
    const inPlace = buffer instanceof ArrayBuffer && buffer.resizable;
    if (this.#at < Math.max(givenBackBytes, inPlace ? this.#bytes.length * GIVEN_BACK_PART : 0)) return;
    const length = this.#bytes.length - this.#at;
    if (inPlace) {
      this.#bytes.copyWithin(0, this.#at);
      buffer.resize(length);
      this.#bytes = Buffer.from(buffer, 0, length);
    } else {
      const left = resizableZeros(length);
      this.#bytes.copy(left, 0, this.#at);
      if (buffer instanceof ArrayBuffer) buffer.transfer(0);
      this.#bytes = left;
    }
    this.#at = 0;
  }

  /** The next byte that is no white space; NaN at the end. */
  #peek(): number {
    for (;;) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) return Number.NaN;
      if (byte !== SPACE && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return byte;
      this.#at += 1;
    }
  }
}

function unescaped(text: string): string {
  try {
    return JSON.parse(text) as string;
  } catch {
    throw new UnreadJson();
  }
}

function wellFormed(text: string): string {
  if (!text.isWellFormed()) throw new UnreadJson();
  return text;
}

function ignore(): void {}

/** Digits, letters, signs and the point. */
function isWord(byte: number | undefined): boolean {
  return (
    byte !== undefined &&
    ((byte >= 0x30 && byte <= 0x39) ||
      (byte >= 0x61 && byte <= 0x7a) ||
      byte === 0x2b ||
      byte === 0x2d ||
      byte === 0x2e ||
      byte === 0x45)
  );
}
