import { asciiClasses, foldText, isAlone, isDigit, isLetter, unicodeClasses } from "./characters.ts";
import { type DigestKey, digestOf, mixed } from "./digest.ts";

/** Bits of `marks`. */
export const hasLetter = isLetter;
export const hasDigit = isDigit;
/** A line, or a part between , ; : begins with the word. */
export const beginsLine = 8;
export const beginsPart = 16;

/** Longest text that is read at once, in UTF-16 units; no text of this length has more words than there is room for. */
export const longestText = 16_384;

/** A line with more is free text: nobody can say who wrote it. */
const mostWords = 15;
const mostCharacters = 120;

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
  /** Whether a line has more than 15 words or 120 characters. */
  isFreeText = false;
  readonly hi = new Uint32Array(longestText);
  readonly lo = new Uint32Array(longestText);
  readonly start = new Uint16Array(longestText);
  readonly end = new Uint16Array(longestText);
  readonly marks = new Uint8Array(longestText);
  readonly #key: DigestKey;
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

  /** False, with no result, at a unit that has no class. */
  #scan(text: string, classes: Uint8Array): boolean {
    this.text = text;
    this.count = 0;
    this.longest = 0;
    this.isFreeText = false;
    this.#beginLine(0);
    for (let at = 0; at < text.length; ) {
      const unit = text.charCodeAt(at);
      const found = classes[unit];
      if (found === undefined) return false;
      if (found !== 0) {
        at = this.#word(text, at, classes);
        continue;
      }
      if (unit === 0x0a || unit === 0x0d) {
        this.#endLine(at);
        this.#beginLine(at + 1);
      } else if (unit === 0x2c || unit === 0x3a || unit === 0x3b) this.#breaks |= beginsPart;
      at += 1;
    }
    this.#endLine(text.length);
    return true;
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
  #word(text: string, from: number, classes: Uint8Array): number {
    const { seedA, seedB, stepA, stepB } = this.#key;
    let [a, b, at, seen] = [seedA ^ digestOf.word, seedB, from, 0];
    do {
      let unit = text.charCodeAt(at);
      const found = classes[unit];
      if (found === undefined || found === 0 || ((found & isAlone) !== 0 && at > from)) break;
      if (unit >= 0x41 && unit <= 0x5a) unit |= 0x20;
      a = Math.imul(a ^ unit, stepA);
      a ^= a >>> 15;
      b = Math.imul(b ^ unit, stepB);
      b ^= b >>> 13;
      seen |= found;
      at += 1;
    } while (at < text.length && (seen & isAlone) === 0);
    const { count } = this;
    this.hi[count] = b;
    this.lo[count] = mixed(a ^ Math.imul(b, 0x9e3779b1));
    this.start[count] = from;
    this.end[count] = at;
    this.marks[count] = (seen & (hasLetter | hasDigit)) | this.#breaks;
    this.#breaks = 0;
    if (at - from > this.longest) this.longest = at - from;
    this.count = count + 1;
    return at;
  }
}
