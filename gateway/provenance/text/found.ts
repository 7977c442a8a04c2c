import type { digestOf, Digester } from "./digest.ts";
import { shinglesIn } from "./shingles.ts";
import type { Words } from "./words/words.ts";

/** What a digest that was found in a text stands for. */
export const foundAs = {
  /** A whole value, or a number with 5 digits and more. */
  value: 0,
  /** A number with fewer digits: it stands everywhere. */
  shortNumber: 1,
  address: 2,
  host: 3,
  /** What may be a secret: an account, a code or a long number. */
  code: 4,
  /** A code, path, handle or long number within a text, in its author's own words: a value that a sentence hands on. */
  token: 5,
  /** The same in any other text, and what stands in quotation marks: whoever writes it may repeat somebody else. */
  quoted: 6,
} as const;

export type FoundAs = (typeof foundAs)[keyof typeof foundAs];

/** Most digests of one call or answer; what is beyond is not remembered. */
const mostFound = 16_384;
const mostShingles = 2_048;
/** Most values among them: a memory has no room for more. Addresses go on. */
const mostValues = 768;

function isOfValues(as: number): boolean {
  return as === foundAs.value || as === foundAs.token || as === foundAs.quoted;
}

/** Digests found in the texts of one call or answer, in memory that is used again for the next. */
export class Found {
  count = 0;
  shingleCount = 0;
  /** Something had no room. */
  isCut = false;
  readonly hi = new Uint32Array(mostFound);
  readonly lo = new Uint32Array(mostFound);
  readonly as = new Uint8Array(mostFound);
  /** Given by the caller of `mark`. */
  readonly marks = new Uint8Array(mostFound);
  /** Of six consecutive words each. */
  readonly shingles = new Int32Array(mostShingles);
  readonly #digester: Digester;
  #values = 0;

  constructor(digester: Digester) {
    this.#digester = digester;
  }

  get hasRoomForValues(): boolean {
    return this.#values < mostValues;
  }

  get hasRoomForShingles(): boolean {
    return this.shingleCount < mostShingles;
  }

  clear(): void {
    this.count = 0;
    this.#values = 0;
    this.shingleCount = 0;
    this.isCut = false;
  }

  text(as: FoundAs, of: (typeof digestOf)[keyof typeof digestOf], text: string): void {
    this.#digester.text(of, text);
    this.add(as);
  }

  /** What the digester has made last. */
  add(as: FoundAs): void {
    const { count } = this;
    if (count === mostFound) {
      this.isCut = true;
      return;
    }
    this.hi[count] = this.#digester.hi;
    this.lo[count] = this.#digester.lo;
    this.as[count] = as;
    this.marks[count] = 0;
    this.count = count + 1;
    if (isOfValues(as)) this.#values += 1;
  }

  /** Whether one of those from this number on is an address. */
  hasAddress(from: number): boolean {
    for (let at = from; at < this.count; at += 1) if (this.as[at] === foundAs.address) return true;
    return false;
  }

  /** Marks what was found from the one with this number on. */
  mark(from: number, mark: number): void {
    if (mark === 0) return;
    const { marks, count } = this;
    // Mostly it is one or two, of which a call of the runtime would take longer.
    for (let at = from; at < count; at += 1) marks[at] = mark;
  }

  /** Of the text whose words were read, as far as there is room. */
  addShingles(words: Words): void {
    this.shingleCount = shinglesIn(words, this.#digester.key.stepA, this.shingles, this.shingleCount);
  }

  /**
   * Finds once more what was found first with these numbers, without marks.
   * @returns false, with no change, where there may be no room for all of it
   */
  repeat(from: number, to: number): boolean {
    const { hi, lo, as, marks, count } = this;
    const added = to - from;
    if (count + added >= mostFound || this.#values + added >= mostValues) return false;
    for (let at = 0; at < added; at += 1) {
      const its = as[from + at] as number;
      hi[count + at] = hi[from + at] as number;
      lo[count + at] = lo[from + at] as number;
      as[count + at] = its;
      marks[count + at] = 0;
      if (isOfValues(its)) this.#values += 1;
    }
    this.count = count + added;
    return true;
  }
}
