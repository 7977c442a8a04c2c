import { numberForms } from "./numbers.ts";
import { hasDigit, hasLetter } from "./words/gaps.ts";
import type { Words } from "./words/words.ts";

/** What stands between the groups of digits of one number. */
const separators = " .,'\u2019\u00a0";

/** Most groups of one number, its decimals among them. */
const mostGroups = 8;

/** Which numbers of a text are looked for. */
export interface NumbersWanted {
  /** Those with fewer digits may be left out. At most one for each group. */
  readonly fewest: number;
  /** Numbers in several groups, and none by itself. */
  readonly inGroups: boolean;
}

/**
 * Numbers that stand in a text, as in `at least 25,000 EUR`: `then` gets each meaning that one may have, see `numberForms`, and where
 * it stands.
 */
export function numbersIn(
  words: Words,
  { fewest, inGroups }: NumbersWanted,
  then: (form: string, start: number, end: number) => void,
): void {
  const { digitWords, digitCount } = words;
  let next = 0;
  for (let at = 0; at < digitCount; at += 1) {
    const first = digitWords[at] as number;
    if (first < next || !isOfDigits(words, first)) continue;
    let last = lastGroup(words, first);
    next = last + 1;
    if (unitsOf(words, first, last) < fewest || (inGroups && last === first)) continue;
    let forms = mayBeOne(words, first, last) ? formsOf(words, first, last) : none;
    // `5.2.1`, or numbers one after another: each by itself.
    if (forms.length === 0 && last > first) {
      next = first + 1;
      if (inGroups) continue;
      forms = formsOf(words, first, (last = first));
    }
    for (const form of forms) then(form, words.start[first] as number, words.end[last] as number);
  }
}

const none: readonly string[] = [];

/** The second of several groups has three digits, or is all that stands behind a point. */
function mayBeOne({ text, start, end }: Words, first: number, last: number): boolean {
  if (last === first || (end[first + 1] as number) - (start[first + 1] as number) === 3) return true;
  return last === first + 1 && ".,".includes(text.charAt(end[first] as number));
}

/** No fewer than its digits. */
function unitsOf({ start, end }: Words, first: number, last: number): number {
  return (end[last] as number) - (start[first] as number) - (last - first);
}

function isOfDigits({ marks }: Words, at: number): boolean {
  const mark = marks[at] as number;
  return (mark & hasDigit) !== 0 && (mark & hasLetter) === 0;
}

function lastGroup(words: Words, first: number): number {
  const { text, start, end, count } = words;
  let last = first;
  while (last + 1 < count && last - first < mostGroups && isOfDigits(words, last + 1)) {
    const gap = end[last] as number;
    if ((start[last + 1] as number) - gap !== 1 || !separators.includes(text.charAt(gap))) break;
    last += 1;
  }
  return last;
}

function formsOf({ text, start, end }: Words, first: number, last: number): readonly string[] {
  return numberForms(text.slice(start[first], end[last]));
}
