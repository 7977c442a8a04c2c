import type { Span } from "../kinds.ts";

/** Fewer may stand in honest text: a joiner in an emoji, a mark at its beginning. */
const fewestTags = 4;
const fewestInvisible = 8;

/**
 * Text that people cannot see and models can read: tag characters, which mirror ASCII (Unicode 16 §23.9), variation selectors,
 * and long rows of characters without width. Offsets are those of the text as it came. The tags of flags are not counted
 * (UTS 51 annex C: a black flag, a region, a cancel tag).
 */
export function findHidden(text: string): Span[] {
  return [
    ...rows(text, /(?:\udb40[\udc00-\udfff]){4,}/g, fewestTags * 2),
    ...rows(text, /[\u200b-\u200d\u2060-\u2064\ufe00-\ufe0f\ufeff]{8,}/g, fewestInvisible),
  ].filter(({ start, end }) => !isFlag(text, start, end));
}

function rows(text: string, form: RegExp, least: number): Span[] {
  return [...text.matchAll(form)]
    .map(({ 0: row, index }) => ({ start: index, end: index + row.length }))
    .filter(({ start, end }) => end - start >= least);
}

function isFlag(text: string, start: number, end: number): boolean {
  return text.startsWith("\ud83c\udff4", start - 2) && end - start <= 14 && text.startsWith("\udb40\udc7f", end - 2);
}
