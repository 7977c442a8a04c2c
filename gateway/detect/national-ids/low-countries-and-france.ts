import { modulo, weighted } from "../numbers/check-digits.ts";
import { beginsWithDay, type IdFormat } from "./format.ts";

/**
 * France: numéro d'inscription au répertoire (NIR). Sex, year, month, place, serial, and 97 minus the rest by 97; departments 2A
 * and 2B count as 19 and 18 (INSEE, https://fr.wikipedia.org/wiki/Num%C3%A9ro_de_s%C3%A9curit%C3%A9_sociale_en_France).
 */
function frenchNir(value: string): boolean {
  const month = Number(value.slice(3, 5));
  const digits = value.slice(0, 13).replace("2A", "19").replace("2B", "18");
  const monthFits = (month >= 1 && month <= 12) || (month >= 20 && month <= 42) || month >= 50;
  return monthFits && /^\d+$/.test(digits) && 97 - modulo(digits, 97) === Number(value.slice(13));
}

/** Belgium: rijksregisternummer. Day of birth, serial, 97 minus the rest by 97, with a 2 in front for those born since 2000. */
function belgianRegister(value: string): boolean {
  const month = Number(value.slice(2, 4)) % 20;
  const day = `${value.slice(0, 2)}${String(month).padStart(2, "0")}${value.slice(4, 6)}`;
  const check = Number(value.slice(9));
  return (
    beginsWithDay(day, "ymd") &&
    (97 - modulo(value.slice(0, 9), 97) === check || 97 - modulo(`2${value.slice(0, 9)}`, 97) === check)
  );
}

/** The Netherlands: burgerservicenummer, the "elfproef" (https://nl.wikipedia.org/wiki/Burgerservicenummer). */
function dutchService(value: string): boolean {
  const digits = value.padStart(9, "0");
  return Number(digits) > 9_999_999 && weighted(digits, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0;
}

export const lowCountriesAndFrance: readonly IdFormat[] = [
  {
    name: "FR NIR",
    digits: 1,
    pattern: /^[1-478] ?\d\d ?[0-9]\d ?(?:\d\d|2[ABab]) ?\d{3} ?\d{3} ?\d\d/,
    valid: frenchNir,
  },
  { name: "BE rijksregisternummer", digits: 2, pattern: /^\d\d\.\d\d\.\d\d-\d{3}[.-]\d\d/, valid: belgianRegister },
  { name: "BE rijksregisternummer, together", digits: 6, pattern: /^\d{6}[ -]?\d{3}[ -]?\d\d/, valid: belgianRegister },
  {
    name: "NL BSN",
    digits: 3,
    pattern: /^\d{4}[. ]?\d{2}[. ]?\d{2,3}|^\d{3}[. ]\d{3}[. ]\d{3}/,
    valid: dutchService,
    words: /\bbsn\b|burger ?service|sofi-?n/i,
  },
];
