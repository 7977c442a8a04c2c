import { isDigit, isLetter } from "./characters.ts";

/** Bits of the `marks` of a word. */
export const hasLetter = isLetter;
export const hasDigit = isDigit;
/** A line, or a part between , ; : begins with the word. */
export const beginsLine = 8;
export const beginsPart = 16;

/** Nothing stands between the word and the one before, or one or two signs that join; and one hyphen or underscore alone. */
export const isJoined = 32;
export const isHyphened = 4;
/** A sign that begins names, as `#` and `/` do, stands before the word. */
export const isAfterGiven = 64;

/**
 * Bits of `signs`. `dot`: with something after it; `given`: as in names that somebody gave to a thing; `digit`: any digit; `quote`: a
 * quotation mark, or any sign beyond ASCII.
 */
export const signs = { at: 1, dot: 2, slash: 4, escape: 8, given: 16, digit: 32, quote: 256 } as const;

/** Bits of a sign that ends a part or a line. */
const [endsPart, endsLine] = [64, 128];

/** By ASCII unit. */
const signOf = new Uint16Array(0x80);
for (const [characters, bits] of [
  ["@", signs.at | signs.given],
  [".", signs.dot],
  ["/", signs.slash | signs.given],
  ["\\", signs.slash | signs.given | signs.escape],
  ["%&", signs.escape],
  ["_#~", signs.given],
  ["\"'`", signs.quote],
  [",:;", endsPart],
  ["\n\r", endsLine],
] as const)
  for (const character of characters) signOf[character.charCodeAt(0)] = bits;

/** A line with more is free text: nobody can say who wrote it. */
const mostWords = 15;
const mostCharacters = 120;

/** By ASCII unit: what may join two words, and what begins a name. */
const joining = new Uint8Array(0x80);
for (const [characters, bits] of [
  ["./\\@#:+~", isJoined],
  ["-_", isJoined | isHyphened],
] as const)
  for (const character of characters) joining[character.charCodeAt(0)] = bits;
for (const character of "#@/~\\") joining[character.charCodeAt(0)] = isJoined | isAfterGiven;

/** Bytes of a text in ASCII, or UTF-16 units of any. */
export type Units = Uint8Array | Uint16Array;

/** What stands between the words of one text: most of it is one blank, which says nothing and is not looked at here. */
export class Gaps {
  /** See `Words`. */
  signs = 0;
  isFreeText = false;
  /** Of the word after the gap that was read last. */
  mark = 0;
  #line = 0;
  #lineWords = 0;
  #breaks = 0;

  /** Reads what stands before the first word of a text. @returns where the word is */
  begin(units: Units, classes: Uint8Array, length: number): number {
    this.signs = 0;
    this.isFreeText = false;
    this.#beginLine(0, 0);
    return this.read(units, classes, 0, length, 0);
  }

  /**
   * Reads the gap that begins at a place, which may be empty.
   * @param classes of units: not 0 of those that words are of
   * @param count of the words before it
   * @returns the place after it
   */
  read(units: Units, classes: Uint8Array, from: number, length: number, count: number): number {
    let at = from;
    for (; at < length; at += 1) {
      const unit = units[at] as number;
      if (classes[unit] !== 0) break;
      if (unit < 0x80 && signOf[unit] !== 0) this.#sign(signOf[unit] as number, units[at + 1] as number, at, count);
    }
    this.mark = this.#breaks | joins(units, at, count === 0 ? Infinity : at - from);
    this.#breaks = 0;
    return at;
  }

  /** After the last gap. @param count of all words */
  end(length: number, count: number): void {
    if (length - this.#line > mostCharacters || count - this.#lineWords > mostWords) this.isFreeText = true;
  }

  /** @param after the unit after it */
  #sign(bits: number, after: number, at: number, count: number): void {
    if (bits === endsPart) this.#breaks |= beginsPart;
    else if (bits === endsLine) {
      this.end(at, count);
      this.#beginLine(at + 1, count);
    } else if (bits !== signs.dot || after > 0x20) this.signs |= bits;
  }

  #beginLine(at: number, count: number): void {
    this.#line = at;
    this.#lineWords = count;
    this.#breaks = beginsLine | beginsPart;
  }
}

/** @param from where the word begins. @param gap how far it is from the one before */
function joins(units: Units, from: number, gap: number): number {
  if (gap === 0) return isJoined;
  const before = from === 0 ? 0 : (units[from - 1] as number);
  const bits = before < 0x80 ? (joining[before] as number) : 0;
  if (bits === 0 || gap === 1) return bits;
  const other = gap === 2 ? (units[from - 2] as number) : 0;
  return other < 0x80 && joining[other] !== 0 ? bits & ~isHyphened : bits & isAfterGiven;
}
