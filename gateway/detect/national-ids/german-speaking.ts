import { mod11x10, weighted } from "../numbers/check-digits.ts";
import { beginsWithDay, type IdFormat } from "./format.ts";

/**
 * Germany: Identifikationsnummer, § 139b AO. 11 digits, the last by ISO 7064 MOD 11,10; of the first ten, one digit occurs
 * twice or three times and not three times in a row, the others at most once (Bundeszentralamt für Steuern, "Informationen zur
 * Berechnung gültiger Prüfziffern").
 */
function germanTaxId(value: string): boolean {
  const body = value.slice(0, 10);
  const counts = [...new Set(body)].map((digit) => body.split(digit).length - 1).filter((count) => count > 1);
  return counts.length === 1 && (counts[0] ?? 0) <= 3 && !/(\d)\1\1/.test(body) && mod11x10(value);
}

/** Austria: Versicherungsnummer. 3 digits, a check digit, a day of birth (https://de.wikipedia.org/wiki/Sozialversicherungsnummer). */
function austrianInsurance(value: string): boolean {
  const check = weighted(value.slice(0, 3) + value.slice(4), [3, 7, 9, 5, 8, 4, 2, 1, 6]) % 11;
  // From the 13th month on, days are used that nobody was born on, when the numbers of a day are used up.
  const month = Number(value.slice(6, 8));
  return String(check) === value.charAt(3) && (beginsWithDay(value, "dmy", 4) || (month > 12 && month < 16));
}

/** Switzerland: AHVN13. The country's ISO 3166-1 number and an EAN-13 check digit (Bundesamt für Sozialversicherungen). */
function swissInsurance(value: string): boolean {
  return weighted(value, [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]) % 10 === 0;
}

export const germanSpeaking: readonly IdFormat[] = [
  {
    name: "DE Steuer-ID",
    digits: 2,
    pattern: /^[1-9]\d ?\d{3} ?\d{3} ?\d{3}/,
    valid: germanTaxId,
    words: /steuer-?id|id-?nr|identifikationsnummer|\btin\b|tax ?id/i,
  },
  { name: "CH AHV-Nummer", digits: 3, pattern: /^756([. ]?)\d{4}\1\d{4}\1\d\d/, valid: swissInsurance },
  {
    name: "AT Versicherungsnummer",
    digits: 4,
    pattern: /^[1-9]\d{3}[ -]?\d{6}/,
    valid: austrianInsurance,
    words: /svnr|sv-?n|svn|versicherungs|vers\.?-?nr|e-?card/i,
  },
];
