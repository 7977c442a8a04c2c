import { type digestOf, type Digester } from "./digest.ts";

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
  /** A code, path or handle within a text: a value that a sentence hands on. */
  token: 5,
  /** What stands in quotation marks: whoever writes it may say it of somebody else. */
  quoted: 6,
} as const;

export type FoundAs = (typeof foundAs)[keyof typeof foundAs];

/** Most digests of one call or answer; what is beyond is not remembered. */
const mostFound = 16_384;
const mostShingles = 2_048;
/** Most values among them: a memory has no room for more. Addresses go on. */
const mostValues = 768;

/** What was found in one text. */
export interface FoundPart {
  readonly hi: Uint32Array;
  readonly lo: Uint32Array;
  readonly as: Uint8Array;
  readonly shingles: Int32Array;
  /** See `Found`: of those of which only so many are remembered. */
  readonly values: number;
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
    if (as === foundAs.value || as === foundAs.token || as === foundAs.quoted) this.#values += 1;
  }

  /**
   * What was found after so many digests, values and shingles; null where something may have had no room, so that of the same text more
   * may be found another time.
   */
  partFrom(count: number, values: number, shingleCount: number): FoundPart | null {
    if (this.isCut || this.count === mostFound || !this.hasRoomForValues || !this.hasRoomForShingles) return null;
    return {
      hi: this.hi.slice(count, this.count),
      lo: this.lo.slice(count, this.count),
      as: this.as.slice(count, this.count),
      shingles: this.shingles.slice(shingleCount, this.shingleCount),
      values: this.#values - values,
    };
  }

  /** @returns false, with no change, where there may be no room for all of it */
  addPart({ hi, lo, as, shingles, values }: FoundPart): boolean {
    const { count, shingleCount } = this;
    if (count + hi.length >= mostFound || this.#values + values >= mostValues) return false;
    if (shingleCount + shingles.length >= mostShingles) return false;
    this.hi.set(hi, count);
    this.lo.set(lo, count);
    this.as.set(as, count);
    this.marks.fill(0, count, count + hi.length);
    this.shingles.set(shingles, shingleCount);
    this.count += hi.length;
    this.#values += values;
    this.shingleCount += shingles.length;
    return true;
  }

  /** Values among what was found: of these only so many are remembered. */
  get values(): number {
    return this.#values;
  }

  /** Whether one of those from this number on is an address. */
  hasAddress(from: number): boolean {
    for (let at = from; at < this.count; at += 1) if (this.as[at] === foundAs.address) return true;
    return false;
  }

  /** Marks what was found from the one with this number on. */
  mark(from: number, mark: number): void {
    if (mark !== 0) this.marks.fill(mark, from, this.count);
  }

  addShingle(digest: number): void {
    if (this.shingleCount < mostShingles) this.shingles[this.shingleCount++] = digest;
  }
}
