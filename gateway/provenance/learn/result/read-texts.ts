import { found } from "../marks.ts";

/** Longest text of which is known that it was read, in UTF-16 units, and most such texts of one result, for each way to read them. */
export const longestKnownText = 64;
export const mostKnownTexts = 4_096;

/**
 * `freeText` and `identified` do not change how a text is read. Without these two bits, which stand between them, the four marks
 * that do are an index below 16.
 */
const marksBetween = 2;

/** Short texts that were read, by the marks that they were read with: lists repeat them, and once is enough. */
export class ReadTexts {
  readonly #texts: readonly Set<string>[] = Array.from({ length: 16 }, () => new Set());

  clear(): void {
    // An empty set takes as long to be cleared as a full one.
    for (const texts of this.#texts) if (texts.size > 0) texts.clear();
  }

  /** Those that were read with this mark; null for a text that is read each time. */
  of(text: string, mark: number): Set<string> | null {
    if (text.length > longestKnownText) return null;
    const marks = (mark & (found.field | found.id)) | ((mark & (found.people | found.own)) >> marksBetween);
    return this.#texts[marks] as Set<string>;
  }

  /** @param texts what `of` has returned for it */
  add(text: string, texts: Set<string>): void {
    if (texts.size < mostKnownTexts) texts.add(text);
  }
}
