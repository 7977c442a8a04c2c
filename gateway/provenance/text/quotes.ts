import type { Words } from "./words.ts";

/** Most words between quotation marks that are a value, and most such values of one text. */
const mostWords = 15;
const most = 64;

const marks = /["'`“”„«»‘’]/u;

/** What stands between quotation marks, with nothing of a word beside them: an apostrophe is none. */
const quoted =
  /(?<![\p{L}\p{N}])(?:"([^"\n]{2,160})"|`([^`\n]{2,160})`|[“„]([^“”„\n]{2,160})[“”]|«([^«»\n]{2,160})»|['‘]([^\n]{2,160}?)['’](?![\p{L}\p{N}]))/gu;

/**
 * What a text has in quotation marks: a name, a title or a word that a sentence hands on. `then` is called with the first word of each and
 * the one after its last.
 */
export function quotedIn({ text, count, start, end }: Words, then: (from: number, to: number) => void): void {
  if (!marks.test(text)) return;
  let [from, left] = [0, most];
  for (const { 0: whole, index } of text.matchAll(quoted)) {
    if (left-- === 0) return;
    while (from < count && (start[from] as number) < index) from += 1;
    let to = from;
    while (to < count && (end[to] as number) <= index + whole.length) to += 1;
    if (to > from && to - from <= mostWords) then(from, to);
    from = to;
  }
}
