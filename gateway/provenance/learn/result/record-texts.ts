import type { Found } from "../../text/found.ts";
import { found as marks } from "../marks.ts";
import { mostKnownTexts } from "./read-texts.ts";

/** Most digests of one of them, and bits of their number. */
const mostDigests = 31;
const bitsOfDigests = 5;

/** Bits of what is known of a text: in which ways it was read for all records, then whether its digests are known, how many, and the first. */
const waysToRead = 4;
const hasDigests = 1 << waysToRead;
const firstBit = waysToRead + 1;

/**
 * Short texts of one result with records, by their own words and not by a person's. Each record has its own ids and addresses, so those are found
 * in each anew: what was found in them before is copied. Any other text is found once for each way to read it.
 */
export class RecordTexts {
  readonly #found: Found;
  /** In one number each: an object would take longer than to read a short text. */
  readonly #known = new Map<string, number>();
  readonly #read = new Uint16Array(waysToRead);

  constructor(found: Found) {
    this.#found = found;
  }

  clear(): void {
    if (this.#known.size === 0) return;
    this.#known.clear();
    this.#read.fill(0);
  }

  /** What is known of a text; 0 for nothing. */
  of(text: string): number {
    return this.#known.get(text) ?? 0;
  }

  /** @returns false, with no change, when the text has to be read */
  repeat(known: number): boolean {
    if ((known & hasDigests) === 0) return false;
    const from = known >>> (firstBit + bitsOfDigests);
    return this.#found.repeat(from, from + ((known >>> firstBit) & mostDigests));
  }

  /**
   * A text was read, from the digest with the number `from` on.
   * @param known what was known of it before
   * @param isWhole nothing was found but these digests, and all of them had room
   */
  note(text: string, known: number, mark: number, from: number, isWhole: boolean): void {
    const { count } = this.#found;
    let now = known;
    const isNew = (known & hasDigests) === 0 && this.#known.size < mostKnownTexts * waysToRead;
    if (isWhole && isNew && count - from <= mostDigests)
      now |= hasDigests | ((count - from) << firstBit) | (from << (firstBit + bitsOfDigests));
    const way = wayOf(mark);
    if ((mark & marks.id) === 0 && (this.#read[way] as number) < mostKnownTexts && !this.#found.hasAddress(from)) {
      this.#read[way] = (this.#read[way] as number) + 1;
      now |= 1 << way;
    }
    if (now !== known) this.#known.set(text, now);
  }
}

/** Whether a text of which this is known says nothing more, read with this mark. */
export function saysNoMore(known: number, mark: number): boolean {
  return (mark & marks.id) === 0 && (known & (1 << wayOf(mark))) !== 0;
}

function wayOf(mark: number): number {
  return ((mark & marks.field) === 0 ? 0 : 1) | ((mark & marks.own) === 0 ? 0 : 2);
}
