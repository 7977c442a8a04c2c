import type { FoundPart } from "./found.ts";

/** Texts that are known; the shortest and the longest of them, in UTF-16 units: a shorter one is read as fast as it is looked for. */
const places = 128;
const shortest = 96;
const longest = 4_096;

/** Units of a text by which its place is found. */
const sampled = 16;

/** What was found in a text when it was read. */
export interface KeptReading {
  readonly part: FoundPart;
  readonly isFreeText: boolean;
}

/** A text that was read once, or more often: then what was found in it is kept. */
interface Place {
  sketch: number;
  text: string;
  read: KeptReading | null;
}

/**
 * What was found in long texts that come again: in a list and in each of its items, in an answer that is polled, in a call that is made once
 * more. To keep what was found costs a tenth of reading it, so it is kept of a text that comes for the second time.
 */
export class RepeatedTexts {
  readonly #places: readonly Place[] = Array.from({ length: places }, () => ({ sketch: 0, text: "", read: null }));

  static mayRepeat({ length }: string): boolean {
    return length >= shortest && length <= longest;
  }

  /** Where the text stands, or will stand. @param sketch see `sketchOf` */
  placeOf(sketch: number): Place {
    return this.#places[sketch & (places - 1)] as Place;
  }
}

/** Of a text, from its length and some of its units, and of what it is read for. */
export function sketchOf(text: string, readFor: number): number {
  const { length } = text;
  const step = Math.floor(length / sampled);
  let sketch = (length << 3) | readFor;
  for (let at = step - 1; at < length; at += step) {
    sketch = Math.imul(sketch ^ text.charCodeAt(at), 0x9e3779b1);
    sketch ^= sketch >>> 15;
  }
  return sketch;
}
