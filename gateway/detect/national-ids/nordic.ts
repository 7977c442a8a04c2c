import { isDay, luhn, modulo, weighted } from "../numbers/check-digits.ts";
import { beginsWithDay, type IdFormat } from "./format.ts";

/** Sweden: personnummer and samordningsnummer, whose day is 60 more; Luhn over ten digits (Skatteverket, SKV 704). */
function swedishPersonal(value: string): boolean {
  const digits = value.slice(-10);
  return isDay(Number(digits.slice(4, 6)) % 60, Number(digits.slice(2, 4))) && luhn(digits);
}

const finnishCharacters = "0123456789ABCDEFHJKLMNPRSTUVWXY";

/** Finland: henkilötunnus. The nine digits by 31; the sign tells the century (Digi- ja väestötietovirasto). */
function finnishPersonal(value: string): boolean {
  const digits = value.slice(0, 6) + value.slice(-4, -1);
  return beginsWithDay(value, "dmy") && finnishCharacters.charAt(modulo(digits, 31)) === value.at(-1);
}

/** Norway: fødselsnummer and D-nummer, whose day is 40 more; two check digits by 11 (Skatteetaten). */
function norwegianBirth(value: string): boolean {
  const dayFits = isDay(Number(value.slice(0, 2)) % 40, Number(value.slice(2, 4)));
  return (
    dayFits &&
    weighted(value, [3, 7, 6, 1, 8, 9, 4, 5, 2, 1]) % 11 === 0 &&
    weighted(value, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0
  );
}

export const nordic: readonly IdFormat[] = [
  { name: "SE personnummer", digits: 6, pattern: /^(?:19|20)?\d{6}[-+]\d{4}/, valid: swedishPersonal },
  {
    name: "SE personnummer, together",
    digits: 10,
    pattern: /^(?:19|20)?\d{10}/,
    valid: swedishPersonal,
    words: /person-?n(?:umme)?r|\bpnr\b|samordningsn/i,
  },
  {
    name: "FI henkilötunnus",
    digits: 6,
    pattern: /^\d{6}[-+A-FU-Ya-fu-y]\d{3}[\dA-FHJ-NPR-Ya-fhj-npr-y]/,
    valid: finnishPersonal,
  },
  {
    name: "NO fødselsnummer",
    digits: 6,
    pattern: /^\d{6} ?\d{5}/,
    valid: norwegianBirth,
    words: /f[øo]dsels|\bfnr\b|d-nummer|personnummer/i,
  },
  {
    // Since 2007 the last digit checks nothing (CPR-kontoret, "Personnumre uden kontrolciffer").
    name: "DK CPR-nummer",
    digits: 6,
    pattern: /^\d{6}[- ]?\d{4}/,
    valid: (value) => beginsWithDay(value, "dmy"),
    words: /\bcpr\b/i,
  },
];
