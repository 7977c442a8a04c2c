import { numberForms } from "./numbers.ts";
import { hasDigit, hasLetter, signs, type Words } from "./words.ts";

/** What stands between the groups of digits of one number. */
const separators = " .,'\u2019\u00a0";

/** Most groups of one number, its decimals among them. */
const mostGroups = 8;

/**
 * Numbers that stand in a text, as in `at least 25,000 EUR`: `then` gets each meaning that one may have, see `numberForms`, and where
 * it stands.
 */
export function numbersIn(words: Words, then: (form: string, start: number, end: number) => void): void {
  if ((words.signs & signs.digit) === 0) return;
  const { count } = words;
  for (let first = 0; first < count; first += 1) {
    if (!isOfDigits(words, first)) continue;
    let last = lastGroup(words, first);
    let forms = formsOf(words, first, last);
    // `5.2.1`, or numbers one after another: each by itself.
    if (forms.length === 0 && last > first) forms = formsOf(words, first, (last = first));
    for (const form of forms) then(form, words.start[first] as number, words.end[last] as number);
    first = last;
  }
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
