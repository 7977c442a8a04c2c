import { hasDigit, hasLetter, isAfterGiven, isJoined, signs } from "./words/gaps.ts";
import type { Words } from "./words/words.ts";

/** Most words of one token. */
const mostWords = 12;

/**
 * Tokens of a text that look like a name which somebody gave to a thing: codes of letters and digits, paths, handles and channels (`#x`,
 * `@x`), names joined by underscores. `then` is called with the first word of each and the one after its last.
 */
export function tokensIn(words: Words, then: (from: number, to: number) => void): void {
  if ((words.signs & (signs.given | signs.digit)) === 0) return;
  const { count, marks } = words;
  for (let from = 0; from < count;) {
    let to = from + 1;
    while (to < count && ((marks[to] as number) & isJoined) !== 0) to += 1;
    if (to - from <= mostWords && looksGiven(words, from, to)) then(from, to);
    from = to;
  }
}

function looksGiven({ text, start, end, marks }: Words, from: number, to: number): boolean {
  let mark = marks[from] as number;
  if ((mark & isAfterGiven) !== 0) return true;
  for (let at = from + 1; at < to; at += 1) {
    mark |= marks[at] as number;
    if (hasGivenSign(text, end[at - 1] as number, start[at] as number)) return true;
  }
  const isMixed = (mark & hasLetter) !== 0 && (mark & hasDigit) !== 0;
  return isMixed && (end[to - 1] as number) - (start[from] as number) >= 3;
}

function hasGivenSign(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) if ("_/\\@#".includes(text.charAt(at))) return true;
  return false;
}

/** Most words between quotation marks that are a value, and most such values of one text. */
const mostQuotedWords = 15;
const mostQuoted = 256;

const quotationMarks = /["'`“”„«»‘’]/u;

/**
 * A quotation mark before which and behind whose next one no word stands, where it may be an apostrophe. The match is the mark alone: what
 * stands between any two neighbours is tried, so that a stray mark hides no quotation.
 */
const quoted =
  /"(?=([^"\n]{2,160})")|`(?=([^`\n]{2,160})`)|[“„](?=([^“”„\n]{2,160})[“”])|«(?=([^«»\n]{2,160})»)|(?<![\p{L}\p{N}])['‘](?=([^\n]{2,160}?)['’](?![\p{L}\p{N}]))/gu;

/**
 * What a text has in quotation marks: a name, a title or a word that a sentence hands on. `then` is called with the first word of each and
 * the one after its last.
 * @returns whether there are more than are looked at
 */
export function quotedIn(
  { text, count, start, end, signs: has }: Words,
  then: (from: number, to: number) => void,
): boolean {
  if ((has & signs.quote) === 0 || !quotationMarks.test(text)) return false;
  let [from, left] = [0, mostQuoted];
  for (const match of text.matchAll(quoted)) {
    const [, double, back, high, angle, single] = match;
    const last = match.index + 1 + (double ?? back ?? high ?? angle ?? single ?? "").length;
    while (from < count && (start[from] as number) < match.index) from += 1;
    let to = from;
    while (to < count && (end[to] as number) <= last) to += 1;
    if (to === from || to - from > mostQuotedWords) continue;
    if (left-- === 0) return true;
    then(from, to);
  }
  return false;
}
