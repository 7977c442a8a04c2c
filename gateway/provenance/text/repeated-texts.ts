import type { FoundPart, FoundRange } from "./found.ts";

/** Texts that are known; the shortest and the longest of them, in UTF-16 units: a shorter one is read as fast as it is looked for. */
const places = 128;
const shortest = 96;
const longest = 4_096;

/** Units of a text by which its place is found. */
const sampled = 16;

/** A text that was read. */
export interface ReadText {
  sketch: number;
  text: string;
  isFreeText: boolean;
  /** Where stands what was found in it; null where something may have had no room. */
  range: FoundRange | null;
  /** A copy, once it was read for the second time. */
  part: FoundPart | null;
}

/**
 * What was found in long texts that come again: in the two forms of an MCP result, in a list and in each of its items, in an answer that is
 * polled, in a call that is made once more. In one answer it is taken from where it stands. For another one it is copied, which costs a tenth
 * of reading it, when the text is read for the second time.
 */
export class RepeatedTexts {
  readonly #places: readonly ReadText[] = Array.from({ length: places }, () => ({
    ...{ sketch: 0, text: "", isFreeText: false, range: null, part: null },
  }));

  static mayRepeat({ length }: string): boolean {
    return length >= shortest && length <= longest;
  }

  /** Where the text stands, or will stand. @param sketch see `sketchOf` */
  placeOf(sketch: number): ReadText {
    return this.#places[sketch & (places - 1)] as ReadText;
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
