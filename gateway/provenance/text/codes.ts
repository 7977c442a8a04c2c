import { isTimestamp } from "./dates.ts";
import type { Digester } from "./digest.ts";
import { numbersIn, type NumbersWanted } from "./grouped-numbers.ts";
import { isCompactDate, shortestCompactDate } from "./numbers.ts";
import { hasDigit, hasLetter, isAfterGiven, isHyphened } from "./words/gaps.ts";
import type { Words } from "./words/words.ts";

type Then = (start: number, end: number) => void;

/** Lengths of codes of letters and digits, and the fewest digits of a number that may be a secret. */
const shortestCode = 6;
const longestCode = 40;
export const fewestSecretDigits = 6;

const groupedSecrets: NumbersWanted = { fewest: fewestSecretDigits, inGroups: true };

/**
 * Codes of letters and digits, and long numbers that are no date, by themselves and with what a hyphen or underscore joins to
 * them; a number in groups (`150,000`) is one. `then` is called, with the place of one in the text, when the digester has made its
 * digest, which stands for its letters and digits alone.
 */
export function codesIn(words: Words, digester: Digester, then: Then): void {
  const { digitWords, digitCount } = words;
  if (digitCount === 0) return;
  let next = 0;
  for (let at = 0; at < digitCount; at += 1) {
    const digit = digitWords[at] as number;
    addKeypadCode(words, digit, digester, then);
    if (digit < next) continue;
    const first = firstJoined(words, digit);
    const last = lastJoined(words, digit);
    next = last + 1;
    if (isTimestamp(words, first)) continue;
    if (last > first) addCode(words, first, last, digester, then);
    for (let one = first; one <= last; one += 1) addCode(words, one, one, digester, then);
  }
  numbersIn(words, groupedSecrets, (form, start, end) => {
    if (!isGrouped(form, end - start)) return;
    digester.code(form, 0, wholeOf(form));
    then(start, end);
  });
}

/** Fewest digits of what is keyed in at a door. */
const fewestKeypadDigits = 4;

/** Two numbers with a hash sign between them, as a gate or an alarm is told: `20#19`. */
function addKeypadCode(words: Words, word: number, digester: Digester, then: Then): void {
  const { text, start, end, marks } = words;
  if (word === 0 || ((marks[word] as number) & isAfterGiven) === 0) return;
  const [from, hash, to] = [start[word - 1] as number, end[word - 1] as number, end[word] as number];
  if (((marks[word] as number) | (marks[word - 1] as number)) & hasLetter) return;
  if (text.charCodeAt(hash) !== 0x23 || (start[word] as number) !== hash + 1) return;
  if (to - from - 1 < fewestKeypadDigits) return;
  digester.code(text, from, to);
  then(from, to);
}

/** Long enough, and written with a separator: without one it is a word, which was looked at before. */
function isGrouped(form: string, written: number): boolean {
  const whole = wholeOf(form);
  return whole >= fewestSecretDigits && written !== whole;
}

/** Length of the whole part of a number. */
function wholeOf(form: string): number {
  const dot = form.indexOf(".");
  return dot < 0 ? form.length : dot;
}

/** One hyphen or underscore stands between a word and the one before. */
function firstJoined({ marks }: Words, word: number): number {
  let first = word;
  while (first > 0 && ((marks[first] as number) & isHyphened) !== 0) first -= 1;
  return first;
}

function lastJoined({ marks, count }: Words, word: number): number {
  let last = word;
  while (last + 1 < count && ((marks[last + 1] as number) & isHyphened) !== 0) last += 1;
  return last;
}

function addCode(
  { text, start, end, marks }: Words,
  first: number,
  last: number,
  digester: Digester,
  then: Then,
): void {
  let mark = 0;
  let length = 0;
  for (let at = first; at <= last; at += 1) {
    mark |= marks[at] as number;
    length += (end[at] as number) - (start[at] as number);
    if (length > longestCode) return;
    // A word among them: it is a name, as of a file.
    if (last > first && isWord(text, start[at] as number, end[at] as number)) return;
  }
  const [from, to] = [start[first] as number, end[last] as number];
  if ((mark & hasDigit) === 0) return;
  if ((mark & hasLetter) === 0) {
    if (length < fewestSecretDigits) return;
    if (length >= shortestCompactDate && isCompactDate(text.slice(from, to).replace(/\D/g, ""))) return;
  } else if (length < shortestCode) return;
  digester.code(text, from, to);
  then(from, to);
}

/** Four lower-case letters and more. */
function isWord(text: string, start: number, end: number): boolean {
  if (end - start < 4) return false;
  for (let at = start; at < end; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit < 0x61 || unit > 0x7a) return false;
  }
  return true;
}
