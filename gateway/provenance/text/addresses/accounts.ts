import { hasCheckDigits, ibanLength } from "../../../detect/numbers/iban.ts";
import type { Address } from "./address.ts";
import { isTimeOfDate, isTimesAlone } from "../dates.ts";
import { isCompactDate } from "../numbers.ts";
import { hasDigit, hasLetter } from "../words/gaps.ts";
import type { Words } from "../words/words.ts";

/** Fewest digits of an account that is no IBAN. */
export const fewestAccountDigits = 8;

/** Most groups that one number is written in: letters and digits one by one. */
const mostGroups = 40;

/** IBANs however they are spaced, and numbers of 8 digits and more that are no date: with blanks, hyphens and a plus between. */
export function accountsIn(words: Words, found: Address[]): void {
  const { marks, digitWords, digitCount } = words;
  let next = 0;
  for (let digit = 0; digit < digitCount; digit += 1) {
    const last = digitWords[digit] as number;
    // The word itself may begin a number, or one of the two before it.
    for (let at = Math.max(next, last - 2); at <= last; at = next) {
      const mark = marks[at] as number;
      next = at + 1;
      if ((mark & hasDigit) !== 0 && (mark & hasLetter) === 0) next = digitsFrom(words, at, found) + 1;
      else if (mayBeginIban(words, at)) next = (ibanFrom(words, at, found) ?? at) + 1;
    }
  }
}

/** Two letters and a digit after them: in one word, in two, or one by one. */
function mayBeginIban({ text, start, end, marks, count }: Words, at: number): boolean {
  const from = start[at] as number;
  const length = (end[at] as number) - from;
  const isMixed = ((marks[at] as number) & hasDigit) !== 0;
  if (length > 2)
    return isMixed && length > 3 && isLatin(text.charCodeAt(from + 1)) && isAsciiDigit(text.charCodeAt(from + 2));
  if (isMixed || at + 1 >= count || !isLatin(text.charCodeAt(from))) return false;
  const next = start[at + 1] as number;
  if (next > from + length + 3) return false;
  const mark = marks[at + 1] as number;
  return length === 2 ? (mark & hasDigit) !== 0 : (end[at + 1] as number) === next + 1 && (mark & hasLetter) !== 0;
}

function isAsciiDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
}

function isLatin(unit: number): boolean {
  const lower = unit | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}

/** The last word of the IBAN that begins with a word; null when none does. */
function ibanFrom(words: Words, first: number, found: Address[]): number | null {
  const { text, start, end } = words;
  let written = "";
  let length = 0;
  for (let at = first; at < words.count && at < first + mostGroups; at += 1) {
    if (at > first && !isGap(text, end[at - 1] as number, start[at] as number)) return null;
    written += text.slice(start[at], end[at]);
    if (length === 0 && written.length >= 2) {
      length = ibanLength(written.slice(0, 2)) ?? 0;
      if (length === 0) return null;
    }
    if (written.length >= 4 && !/^..\d\d/.test(written)) return null;
    if (written.length > length && length > 0) return null;
    if (written.length !== length || length === 0) continue;
    if (!hasCheckDigits(written)) return null;
    const normal = written.toLowerCase();
    found.push({ kind: "account", start: start[first] as number, end: end[at] as number, normal, host: null });
    return at;
  }
  return null;
}

/** Up to three blanks, hyphens or dots. */
function isGap(text: string, from: number, to: number): boolean {
  if (to - from > 3) return false;
  for (let at = from; at < to; at += 1) if (!" -.\u00a0".includes(text.charAt(at))) return false;
  return true;
}

/** The last word of the groups of digits that begin with a word: they are one number, and each of them may be one. */
function digitsFrom(words: Words, first: number, found: Address[]): number {
  const { text, start, end, marks } = words;
  let last = first;
  let digits = lengthOf(words, first);
  while (last + 1 < words.count && last - first < mostGroups && continues(words, last + 1)) {
    last += 1;
    digits += lengthOf(words, last);
  }
  if (digits < fewestAccountDigits || isPartOfCode(words, first)) return last;
  addNumber(text, start[first] as number, end[last] as number, found);
  if (last > first)
    for (let at = first; at <= last; at += 1)
      if (lengthOf(words, at) >= fewestAccountDigits && ((marks[at] as number) & hasLetter) === 0)
        addNumber(text, start[at] as number, end[at] as number, found);
  return last;
}

/** A word of letters is joined to it, as in `CVE-2025-22150`. */
function isPartOfCode({ text, start, end, marks }: Words, first: number): boolean {
  if (first === 0 || ((marks[first - 1] as number) & hasLetter) === 0) return false;
  const gap = end[first - 1] as number;
  return (start[first] as number) - gap === 1 && (text.charAt(gap) === "-" || text.charAt(gap) === "_");
}

function lengthOf({ start, end }: Words, at: number): number {
  return (end[at] as number) - (start[at] as number);
}

/** Whether the word is a group of digits, one blank, hyphen or closing bracket after the group before. */
function continues(words: Words, at: number): boolean {
  const { text, start, end, marks } = words;
  const mark = marks[at] as number;
  if ((mark & hasLetter) !== 0 || (mark & hasDigit) === 0 || isTimeOfDate(words, at)) return false;
  const from = end[at - 1] as number;
  const gap = (start[at] as number) - from;
  const sign = text.charCodeAt(from);
  if (gap === 1) return sign === 0x20 || sign === 0x2d || sign === 0xa0;
  return gap === 2 && sign === 0x29 && text.charCodeAt(from + 1) === 0x20;
}

function addNumber(text: string, start: number, end: number, found: Address[]): void {
  const written = text.slice(start, end);
  const normal = written.replace(/\P{Nd}/gu, "");
  if (normal.length > 34 || isCompactDate(normal) || (normal !== written && isTimesAlone(written))) return;
  found.push({ kind: "account", start, end, normal, host: null });
}
