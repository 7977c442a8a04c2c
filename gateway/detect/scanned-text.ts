import { isDigitAt, isWordAt, numberRuns } from "./characters.ts";
import type { Span } from "./kinds.ts";

/** What several detectors need of a plain text; made once for all of them. */
export interface ScannedText {
  readonly text: string;
  /** Start and end, in turns, of runs of letters and digits with a digit in them. */
  readonly runs: readonly number[];
  /** The names of the columns when the text looks like a table, else empty. */
  readonly header: string;
}

/** A table's first line is searched for names of its columns up to this length. */
const longestHeader = 300;

export function scannedText(text: string): ScannedText {
  return { text, runs: numberRuns(text), header: headerOf(text) };
}

function headerOf(text: string): string {
  const lineEnd = text.slice(0, longestHeader).indexOf("\n");
  const line = lineEnd < 0 ? "" : text.slice(0, lineEnd);
  return /[,;|\t]/.test(line) ? line : "";
}

/** Whether one of the words stands shortly before a value, or names a column of the table that it is in. */
export function isNamed(scanned: ScannedText, start: number, words: RegExp, reach = 48): boolean {
  return words.test(scanned.text.slice(Math.max(0, start - reach), start)) || words.test(scanned.header);
}

/** Whether a number stands by itself: it is no part of a longer number, word, version, path or identifier. */
export function isWhole(text: string, { start, end }: Span): boolean {
  return beginsWhole(text, start) && endsWhole(text, end);
}

export function beginsWhole(text: string, start: number): boolean {
  if (start === 0) return true;
  const before = text.charAt(start - 1);
  return !isWordAt(text, start - 1) && before !== "+" && !("-./:".includes(before) && isDigitAt(text, start - 2));
}

export function endsWhole(text: string, end: number): boolean {
  if (end >= text.length) return true;
  const after = text.charAt(end);
  if (isWordAt(text, end) || (after === "-" && isWordAt(text, end + 1))) return false;
  return !("./:".includes(after) && isDigitAt(text, end + 1));
}

/** Whether at least so many digits stand within the next characters: most numbers of a text are too short to look at. */
export function hasDigits(text: string, start: number, least: number, reach = 26): boolean {
  let digits = 0;
  const end = Math.min(start + reach, text.length);
  for (let at = start; at < end && digits < least; at += 1) if (isDigitAt(text, at)) digits += 1;
  return digits >= least;
}
