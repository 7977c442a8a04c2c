import { endianness } from "node:os";
import { asciiClasses, foldText, isAlone, isBeyond, isDigit, isLetter, isUpper, unicodeClasses } from "./characters.ts";
import type { Address } from "./addresses/address.ts";
import { type DigestKey, digestOf, mixedBits } from "./digest.ts";

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

/** Texts that need not be read once more. */
export interface ReadBefore {
  /** @returns false, with no change, when the text is none of them */
  restore(text: string, words: Words): boolean;
}

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
  /** The end of the text was not read. */
  isCut = false;
  /** Whether a line has more than 15 words or 120 characters. */
  isFreeText = false;
  readonly hi = new Uint32Array(longestText);
  readonly lo = new Uint32Array(longestText);
  readonly start = new Uint16Array(longestText);
  readonly end = new Uint16Array(longestText);
  readonly marks = new Uint8Array(longestText);
  /** Those with a digit, in order. */
  readonly digitWords = new Uint16Array(longestText);
  digitCount = 0;
  /** Those of the text, once `addressesIn` has looked for them. */
  addresses: readonly Address[] | null = null;
  readonly #key: DigestKey;
  readonly #before: ReadBefore | null;
  /** The text's UTF-16 units and a 0 after them: read from here, where a string would be asked for its form at each unit. */
  readonly #units = new Uint16Array(longestText + 1);
  readonly #bytes = Buffer.from(this.#units.buffer);
  #last = "";
  #line = 0;
  #lineWords = 0;
  #breaks = 0;

  constructor(key: DigestKey, before: ReadBefore | null = null) {
    this.#key = key;
    this.#before = before;
  }

  /** @param text at most `longestText` units; what is longer is cut */
  read(text: string): void {
    // One that was read last is asked for again where a value is looked at in several ways.
    if (text === this.#last) return;
    this.#last = text;
    if (this.#before?.restore(text, this) === true) return;
    this.isCut = text.length > longestText;
    const read = this.isCut ? text.slice(0, longestText) : text;
    this.#begin(read);
    if (this.#scan(read, asciiClasses)) return;
    // One character may stand for many.
    const whole = foldText(read);
    this.isCut ||= whole.length > longestText;
    const folded = whole.slice(0, longestText);
    this.#begin(folded);
    this.#scan(folded, unicodeClasses());
    this.signs |= signs.quote;
  }

  /**
   * False, with no result, at a unit beyond those that the classes are of. One loop, without a call for most words: this is most of
   * what reading costs.
   */
  #scan(text: string, classes: Uint8Array): boolean {
    const { hi, lo, start, end, marks, digitWords } = this;
    const units = this.#units;
    const { seedA, seedB, stepA, stepB } = this.#key;
    let [count, digits] = [0, 0];
    for (let at = 0; at < text.length;) {
      let unit = units[at] as number;
      let found = classes[unit] as number;
      if (found === isBeyond) return false;
      if (found === 0) {
        at += 1;
        if (unit < 0x80 && signOf[unit] !== 0) this.#sign(signOf[unit] as number, at, count);
        continue;
      }
      let a = seedA ^ digestOf.word;
      let b = seedB;
      let seen = 0;
      start[count] = at;
      do {
        unit |= found & isUpper;
        a = Math.imul(a ^ unit, stepA);
        a ^= a >>> 15;
        b = Math.imul(b ^ unit, stepB);
        b ^= b >>> 13;
        seen |= found;
        unit = units[++at] as number;
        found = classes[unit] as number;
      } while (found !== 0 && ((found | seen) & (isAlone | isBeyond)) === 0);
      hi[count] = b;
      lo[count] = mixedBits(a ^ Math.imul(b, 0x9e3779b1));
      end[count] = at;
      marks[count] = seen & (hasLetter | hasDigit);
      if (this.#breaks !== 0 || units[(start[count] as number) - 1] !== 0x20) this.#markBefore(count);
      if ((seen & isDigit) !== 0) digitWords[digits++] = count;
      count += 1;
    }
    this.digitCount = digits;
    this.#finish(text.length, count);
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
    this.digitCount = 0;
    this.longest = 0;
    this.signs = 0;
    this.addresses = null;
    this.isFreeText = false;
    this.#beginLine(0, 0);
  }

  /** @param after the place after the sign. @param count of the words before it */
  #sign(bits: number, after: number, count: number): void {
    if (bits === endsPart) this.#breaks |= beginsPart;
    else if (bits === endsLine) {
      this.#endLine(after - 1, count);
      this.#beginLine(after, count);
    } else if (bits !== signs.dot || (this.#units[after] as number) > 0x20) this.signs |= bits;
  }

  #beginLine(at: number, count: number): void {
    this.#line = at;
    this.#lineWords = count;
    this.#breaks = beginsLine | beginsPart;
  }

  #endLine(at: number, count: number): void {
    if (at - this.#line > mostCharacters || count - this.#lineWords > mostWords) this.isFreeText = true;
  }

  #finish(length: number, count: number): void {
    const { start, end } = this;
    this.count = count;
    if (this.digitCount > 0) this.signs |= signs.digit;
    this.#endLine(length, count);
    let longest = 0;
    for (let at = 0; at < count; at += 1) {
      const its = (end[at] as number) - (start[at] as number);
      if (its > longest) longest = its;
    }
    this.longest = longest;
  }

  /** Marks what stands before a word: for most it is one blank, and nothing to be marked. */
  #markBefore(word: number): void {
    const from = this.start[word] as number;
    const gap = word === 0 ? Infinity : from - (this.end[word - 1] as number);
    this.marks[word] = (this.marks[word] as number) | this.#breaks | this.#joins(from, gap);
    this.#breaks = 0;
  }

  #joins(from: number, gap: number): number {
    if (gap === 0) return isJoined;
    const before = from === 0 ? 0 : (this.#units[from - 1] as number);
    const bits = before < 0x80 ? (joining[before] as number) : 0;
    if (bits === 0 || gap === 1) return bits;
    const other = gap === 2 ? (this.#units[from - 2] as number) : 0;
    return other < 0x80 && joining[other] !== 0 ? bits & ~isHyphened : bits & isAfterGiven;
  }
}
