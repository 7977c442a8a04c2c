import { isWordAt } from "../characters.ts";
import type { Span } from "../kinds.ts";
import type { ScannedText } from "../scanned-text.ts";
import { modulo } from "./check-digits.ts";

/** Lengths by country: the IBAN registry of SWIFT, which ISO 13616-2 names (https://www.swift.com/standards/data-standards/iban). */
const lengths = new Map(
  [
    "15 NO",
    "16 BE",
    "18 DK FI FK FO GL NL SD",
    "19 MK SI",
    "20 AT BA EE KZ LT LU MN XK",
    "21 CH HR LI LV",
    "22 BG BH CR DE GB GE IE ME RS VA",
    "23 AE GI IL IQ OM SO TL",
    "24 AD CZ DZ ES MD PK RO SA SE SK TN VG",
    "25 AO CV LY PT ST",
    "26 IS TR",
    "27 BI DJ FR GF GP GR IT MC MQ MR NC PF PM RE SM TF WF YT",
    "28 AL AZ BF BJ BY CI CY DO GT HN HU LB MA ML NI PL SN SV",
    "29 BR EG PS QA UA",
    "30 JO KW MU YE",
    "31 MT SC",
    "32 LC",
    "33 RU",
  ].flatMap((line) => {
    const [length, ...countries] = line.split(" ");
    return countries.map((country) => [country, Number(length)] as const);
  }),
);

/** The longest IBAN, written with a separator after each group of four. */
const longest = 44;

/** IBANs, together or in groups, whose length and check digits (ISO 7064 MOD 97-10) are right. */
export function findIbans({ text, runs }: ScannedText): Span[] {
  const found: Span[] = [];
  let last = 0;
  for (let at = 0; at < runs.length; at += 2) {
    const start = runs[at] as number;
    if (start < last || (start > 0 && isWordAt(text, start - 1))) continue;
    const end = ibanEnd(text, start);
    if (end === null) continue;
    found.push({ start, end });
    last = end;
  }
  return found;
}

function ibanEnd(text: string, start: number): number | null {
  const length = ibanLength(text.slice(start, start + 2));
  if (length === undefined || !/^\d\d/.test(text.slice(start + 2, start + 4))) return null;
  const written = /^[A-Za-z0-9]+(?:[ .-][A-Za-z0-9]+)*/.exec(text.slice(start, start + longest))?.[0] ?? "";
  const read = compact(written, length);
  if (read === null || isWordAt(text, start + read.end)) return null;
  if (read.value !== read.value.toUpperCase() && read.value !== read.value.toLowerCase()) return null;
  return hasCheckDigits(read.value) ? start + read.end : null;
}

/** The length of the IBANs of a country by its two letters, in either case; undefined for none. */
export function ibanLength(country: string): number | undefined {
  return lengths.get(country.toUpperCase());
}

/** Whether the check digits of an IBAN without separators are right. */
export function hasCheckDigits(iban: string): boolean {
  const value = iban.toUpperCase();
  const check = Number(value.slice(2, 4));
  // They are 02 to 98; others give the same rest as one of these.
  return check >= 2 && check <= 98 && modulo(value.slice(4) + value.slice(0, 4), 97) === 1;
}

/** The first characters of an IBAN without separators; null when separators stand elsewhere than after groups of four. */
function compact(written: string, length: number): { readonly value: string; readonly end: number } | null {
  let value = "";
  let end = 0;
  while (value.length < length && end < written.length) {
    const one = written.charAt(end);
    if (/[ .-]/.test(one)) {
      if (value.length % 4 !== 0) return null;
    } else {
      value += one;
    }
    end += 1;
  }
  return value.length === length ? { value, end } : null;
}
