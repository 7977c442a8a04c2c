import { isDigitAt, isLetterAt } from "../characters.ts";
import type { Span } from "../kinds.ts";
import { hasDigits, isNamed, isWhole, type ScannedText } from "../scanned-text.ts";
import { easternEurope } from "./eastern-europe.ts";
import { englishSpeaking } from "./english-speaking.ts";
import type { IdFormat } from "./format.ts";
import { germanSpeaking } from "./german-speaking.ts";
import { latinAmerica } from "./latin-america.ts";
import { lowCountriesAndFrance } from "./low-countries-and-france.ts";
import { nordic } from "./nordic.ts";
import { southernEurope } from "./southern-europe.ts";

const formats: readonly IdFormat[] = [
  ...germanSpeaking,
  ...lowCountriesAndFrance,
  ...southernEurope,
  ...nordic,
  ...englishSpeaking,
  ...easternEurope,
  ...latinAmerica,
];

const mostDigits = Math.max(...formats.map(({ digits }) => digits));

/** By how many digits stand there first, those that can begin so. */
const formatsFrom = Array.from({ length: mostDigits + 1 }, (_, first) =>
  formats.filter(({ digits }) => (first === 0 ? digits === 0 : digits > 0 && digits <= first)),
);

/** The fewest digits of any of them, and the longest way to write one. */
const fewest = 6;
const longest = 26;

/** Words before a number that say it is another kind of number. */
const otherWords =
  /(?:order|invoice|product|part|article|item|serial|batch|lot|version|ticket|case|bestell\w*|auftrag\w*|rechnung\w*|artikel\w*)[ .:#_-]{0,3}(?:number|no|nr|num|id|code|nummer)?[ .:#"'=_-]{0,5}$/i;

/** Numbers that states give to people, of 24 countries, with valid check digits where there are any. */
export function findNationalIds(scanned: ScannedText): Span[] {
  const found: Span[] = [];
  let last = 0;
  for (let at = 0; at < scanned.runs.length; at += 2) {
    const run = scanned.runs[at] as number;
    if (run < last || !hasDigits(scanned.text, run, fewest)) continue;
    const span = idAt(scanned, run) ?? idAt(scanned, lettersBefore(scanned.text, run));
    if (span === null) continue;
    found.push(span);
    last = span.end;
  }
  return found;
}

/** Where a group of one or two letters begins that stands before a number by itself, as in "QQ 12 34 56 C"; -1 for none. */
function lettersBefore(text: string, run: number): number {
  if (!isLetterAt(text, run - 2) || !/[ -]/.test(text.charAt(run - 1))) return -1;
  const letters = /(?:^|[^\p{L}\p{N}_])([A-Za-z]{1,2})[ -]$/u.exec(text.slice(Math.max(0, run - 4), run))?.[1];
  return letters === undefined || isDigitAt(text, run - letters.length - 2) ? -1 : run - letters.length - 1;
}

function idAt(scanned: ScannedText, start: number): Span | null {
  if (start < 0) return null;
  const window = scanned.text.slice(start, start + longest);
  for (const format of formatsFrom[digitsAt(scanned.text, start)] ?? []) {
    const match = format.pattern.exec(window)?.[0];
    if (match === undefined) continue;
    const span = { start, end: start + match.length };
    if (isWhole(scanned.text, span) && isRight(format, match) && fits(scanned, span, format)) return span;
  }
  return null;
}

/** How many digits stand there behind each other, as far as it matters. */
function digitsAt(text: string, start: number): number {
  let digits = 0;
  while (digits < mostDigits && isDigitAt(text, start + digits)) digits += 1;
  return digits;
}

function isRight({ valid }: IdFormat, match: string): boolean {
  return valid(match.replace(/[ ./+-]/g, "").toUpperCase());
}

function fits(scanned: ScannedText, { start }: Span, { words }: IdFormat): boolean {
  if (words !== undefined) return isNamed(scanned, start, words);
  return !otherWords.test(scanned.text.slice(Math.max(0, start - 32), start));
}
