import { isDay, modulo, weighted } from "../numbers/check-digits.ts";
import type { IdFormat } from "./format.ts";

/** Poland: PESEL. Months are 80, 20, 40 or 60 more for other centuries (ustawa o ewidencji ludności, art. 15). */
function polishPesel(value: string): boolean {
  const dayFits = isDay(Number(value.slice(4, 6)), Number(value.slice(2, 4)) % 20);
  return dayFits && weighted(value, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0;
}

/** Czechia and Slovakia: rodné číslo. A multiple of 11; months of women are 50 more, of full days 20 more (zákon 133/2000 Sb.). */
function czechBirth(value: string): boolean {
  const month = (Number(value.slice(2, 4)) % 50) % 20;
  return isDay(Number(value.slice(4, 6)), month) && modulo(value, 11) === 0;
}

export const easternEurope: readonly IdFormat[] = [
  { name: "PL PESEL", digits: 11, pattern: /^\d{11}/, valid: polishPesel, words: /pesel/i },
  { name: "CZ rodné číslo", digits: 6, pattern: /^\d{6}\/\d{4}/, valid: czechBirth },
  {
    name: "CZ rodné číslo, together",
    digits: 10,
    pattern: /^\d{10}/,
    valid: czechBirth,
    words: /rodn[ée] ?[čc]|\br\. ?[čc]\.|\br[čc]\b/i,
  },
];
