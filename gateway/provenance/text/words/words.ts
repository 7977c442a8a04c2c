import { endianness } from "node:os";
import { foldText, unicodeClasses } from "./characters.ts";
import type { Address } from "../addresses/address.ts";
import type { DigestKey } from "../digest.ts";
import { Gaps, signs } from "./gaps.ts";
import { longestText, type Scan, scanAscii, scanUnits, type WordColumns, type WordTotals } from "./scan-words.ts";

export { longestText };

/** Texts that need not be read once more. */
export interface ReadBefore {
  /** @returns false, with no change, when the text is none of them */
  restore(text: string, words: Words): boolean;
}

/**
 * The words of one text: runs of letters and digits, case folded. One object reads one text after another, so that nothing is
 * allocated for each; what it knows of a text is gone when it reads the next.
 */
export class Words implements WordColumns {
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
  readonly #before: ReadBefore | null;
  readonly #gaps = new Gaps();
  /** The UTF-16 units of a text beyond ASCII and a 0 after them: read from here, where a string would be asked for its form at each unit. */
  readonly #units = new Uint16Array(longestText + 1);
  readonly #bytesOfUnits = Buffer.from(this.#units.buffer);
  readonly #scan: Scan;
  #last = "";

  constructor(key: DigestKey, before: ReadBefore | null = null) {
    this.#before = before;
    this.#scan = { to: this, gaps: this.#gaps, key };
  }

  /** @param text at most `longestText` units; what is longer is cut */
  read(text: string): void {
    // One that was read last is asked for again where a value is looked at in several ways.
    if (text === this.#last) return;
    this.#last = text;
    if (this.#before?.restore(text, this) === true) return;
    this.isCut = text.length > longestText;
    const read = this.isCut ? text.slice(0, longestText) : text;
    const totals = scanAscii(read, this.#scan);
    if (totals !== null) return this.#finish(read, totals);
    // One character may stand for many.
    const whole = foldText(read);
    this.isCut ||= whole.length > longestText;
    this.#readFolded(whole.slice(0, longestText));
  }

  #readFolded(text: string): void {
    const { length } = text;
    this.#bytesOfUnits.write(text, "utf16le");
    if (endianness() === "BE") this.#bytesOfUnits.swap16();
    this.#units[length] = 0;
    this.#finish(text, scanUnits(this.#units, length, unicodeClasses(), this.#scan));
    this.signs |= signs.quote;
  }

  #finish(text: string, { count, digits, longest }: WordTotals): void {
    const { signs: has, isFreeText } = this.#gaps;
    this.text = text;
    this.count = count;
    this.digitCount = digits;
    this.longest = longest;
    this.signs = digits === 0 ? has : has | signs.digit;
    this.isFreeText = isFreeText;
    this.addresses = null;
  }
}
