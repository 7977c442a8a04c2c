import { endianness } from "node:os";
import { asciiClasses, foldText, isAlone, isBeyond, isDigit, isLetter, isUpper, unicodeClasses } from "./characters.ts";
import { type DigestKey, digestOf, mixed } from "./digest.ts";

/** Bits of `marks`. */
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

/** Bits of `signs`. `dot`: with something after it; `given`: as in names that somebody gave to a thing; `digit`: any digit. */
export const signs = { at: 1, dot: 2, slash: 4, percent: 8, given: 16, digit: 32 } as const;
/** Bits of a sign that ends a part or a line. */
const [endsPart, endsLine] = [64, 128];

/** By ASCII unit. */
const signOf = new Uint8Array(0x80);
for (const [characters, bits] of [
  ["@", signs.at | signs.given],
  [".", signs.dot],
  ["/\\", signs.slash | signs.given],
  ["%", signs.percent],
  ["_#~", signs.given],
  [",:;", endsPart],
  ["\n\r", endsLine],
] as const)
  for (const character of characters) signOf[character.charCodeAt(0)] = bits;

/** Longest text that is read at once, in UTF-16 units; no text of this length has more words than there is room for. */
export const longestText = 16_384;

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

/** From this length on a text is copied by one call of the runtime: one by one its units cost more. */
const copiedAtOnce = endianness() === "LE" ? 24 : Infinity;

/**
 * The words of one text: runs of letters and digits, case folded. One object reads one text after another, so that nothing is
 * allocated for each; what it knows of a text is gone when it reads the next.
 */
export class Words {
  /** The text in the form in which its words were read; places count in it. */
  text = "";
  count = 0;
  /** Length of the longest word. */
  longest = 0;
  /** Which signs stand in it that addresses and escapes have; see `signs`. */
  signs = 0;
  /** Whether a line has more than 15 words or 120 characters. */
  isFreeText = false;
  readonly hi = new Uint32Array(longestText);
  readonly lo = new Uint32Array(longestText);
  readonly start = new Uint16Array(longestText);
  readonly end = new Uint16Array(longestText);
  readonly marks = new Uint8Array(longestText);
  readonly #key: DigestKey;
  /** The text's UTF-16 units and a 0 after them: read from here, where a string would be asked for its form at each unit. */
  readonly #units = new Uint16Array(longestText + 1);
  readonly #bytes = Buffer.from(this.#units.buffer);
  #line = 0;
  #lineWords = 0;
  #breaks = 0;

  constructor(key: DigestKey) {
    this.#key = key;
  }

  /** @param text at most `longestText` units; what is longer is cut */
  read(text: string): void {
    const read = text.length > longestText ? text.slice(0, longestText) : text;
    if (!this.#scan(read, asciiClasses)) this.#scan(foldText(read).slice(0, longestText), unicodeClasses());
  }

  /** False, with no result, at a unit beyond those that the classes are of. */
  #scan(text: string, classes: Uint8Array): boolean {
    this.#begin(text);
    const units = this.#units;
    const { length } = text;
    for (let at = 0; at < length;) {
      const unit = units[at] as number;
      const found = classes[unit] as number;
      if (found === 0) {
        at += 1;
        if (unit < 0x80 && signOf[unit] !== 0) this.#sign(signOf[unit] as number, at);
      } else if (found === isBeyond) return false;
      else at = this.#word(at, classes);
    }
    this.#endLine(length);
    return true;
  }

  #begin(text: string): void {
    const { length } = text;
    const units = this.#units;
    if (length >= copiedAtOnce) this.#bytes.write(text, "utf16le");
    else for (let at = 0; at < length; at += 1) units[at] = text.charCodeAt(at);
    units[length] = 0;
    this.text = text;
    this.count = 0;
    this.longest = 0;
    this.signs = 0;
    this.isFreeText = false;
    this.#beginLine(0);
  }

  /** @param after the place after the sign */
  #sign(bits: number, after: number): void {
    if (bits === endsPart) this.#breaks |= beginsPart;
    else if (bits === endsLine) {
      this.#endLine(after - 1);
      this.#beginLine(after);
    } else if (bits !== signs.dot || (this.#units[after] as number) > 0x20) this.signs |= bits;
  }

  #beginLine(at: number): void {
    this.#line = at;
    this.#lineWords = this.count;
    this.#breaks = beginsLine | beginsPart;
  }

  #endLine(at: number): void {
    if (at - this.#line > mostCharacters || this.count - this.#lineWords > mostWords) this.isFreeText = true;
  }

  /** @returns the place after the word that begins at `from` */
  #word(from: number, classes: Uint8Array): number {
    const { seedA, seedB, stepA, stepB } = this.#key;
    const units = this.#units;
    let a = seedA ^ digestOf.word;
    let b = seedB;
    let at = from;
    let seen = 0;
    let found = classes[units[at] as number] as number;
    do {
      const unit = (units[at] as number) | (found & isUpper);
      a = Math.imul(a ^ unit, stepA);
      a ^= a >>> 15;
      b = Math.imul(b ^ unit, stepB);
      b ^= b >>> 13;
      seen |= found;
      at += 1;
      found = classes[units[at] as number] as number;
    } while (found !== 0 && ((found | seen) & (isAlone | isBeyond)) === 0);
    const { count } = this;
    this.hi[count] = b;
    this.lo[count] = mixed(a ^ Math.imul(b, 0x9e3779b1));
    this.start[count] = from;
    this.end[count] = at;
    this.marks[count] = (seen & (hasLetter | hasDigit)) | this.#breaks | this.#joins(from);
    this.#breaks = 0;
    if ((seen & hasDigit) !== 0) this.signs |= signs.digit;
    if (at - from > this.longest) this.longest = at - from;
    this.count = count + 1;
    return at;
  }
  /** How the word that begins at `from` is joined to the one before. */
  #joins(from: number): number {
    const before = from === 0 ? 0x20 : (this.#units[from - 1] as number);
    const bits = before < 0x80 ? (joining[before] as number) : 0;
    const gap = this.count === 0 ? Infinity : from - (this.end[this.count - 1] as number);
    if (gap === 0) return isJoined;
    if (bits === 0) return 0;
    if (gap === 1) return bits;
    const other = gap === 2 ? (this.#units[from - 2] as number) : 0;
    return other < 0x80 && joining[other] !== 0 ? bits & ~isHyphened : bits & isAfterGiven;
  }
}
