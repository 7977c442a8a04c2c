import { weighted } from "../numbers/check-digits.ts";
import { beginsWithDay, type IdFormat } from "./format.ts";

const spanishLetters = "TRWAGMYFPDXBNJZSQVHLCKE";

/** Spain: DNI and NIE. The letter is the rest by 23; X, Y and Z stand for 0, 1 and 2 (Real Decreto 1553/2005; Ministerio del Interior). */
function spanishId(value: string): boolean {
  const digits = value.slice(0, -1).replace(/^[XYZ]/, (letter) => String("XYZ".indexOf(letter)));
  return Number(digits) > 0 && spanishLetters.charAt(Number(digits) % 23) === value.at(-1);
}

/** What each character at an odd place counts, digits as the letters A to J: Decreto ministeriale 23.12.1976, n. 13813. */
const oddPlaces = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];

/** Italy: codice fiscale. Letters in the place of digits distinguish people who would have the same (omocodia). */
function italianTaxCode(value: string): boolean {
  const plain = value.replace(/./g, (one, at: number) =>
    [6, 7, 9, 10, 12, 13, 14].includes(at) ? String("0123456789LMNPQRSTUV".indexOf(one) % 10) : one,
  );
  const day = Number(plain.slice(9, 11)) % 40;
  if (day < 1 || day > 31) return false;
  const sum = [...value.slice(0, 15)].reduce((total, one, at) => {
    const index = one < "A" ? Number(one) : one.charCodeAt(0) - 0x41;
    return total + (at % 2 === 0 ? (oddPlaces[index] ?? 0) : index);
  }, 0);
  return String.fromCharCode(0x41 + (sum % 26)) === value.at(-1);
}

/** Portugal: número de identificação fiscal of a person (Autoridade Tributária; Decreto-Lei 14/2013). */
function portugueseTaxNumber(value: string): boolean {
  const rest = weighted(value, [9, 8, 7, 6, 5, 4, 3, 2]) % 11;
  return (rest < 2 ? 0 : 11 - rest) === Number(value.at(-1));
}

/** Romania: cod numeric personal, Legea 105/1996. Sex and century, day of birth, county, serial, check digit. */
function romanianPersonal(value: string): boolean {
  const rest = weighted(value, [2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
  return beginsWithDay(value, "ymd", 1) && (rest === 10 ? 1 : rest) === Number(value.at(-1));
}

export const southernEurope: readonly IdFormat[] = [
  { name: "ES DNI", digits: 8, pattern: /^\d{8}[ -]?[A-HJ-NP-TV-Za-hj-np-tv-z]/, valid: spanishId },
  {
    name: "ES DNI, with points",
    digits: 2,
    pattern: /^\d{2}\.\d{3}\.\d{3}[ -]?[A-HJ-NP-TV-Za-hj-np-tv-z]/,
    valid: spanishId,
  },
  { name: "ES NIE", digits: 0, pattern: /^[XYZxyz][ -]?\d{7}[ -]?[A-HJ-NP-TV-Za-hj-np-tv-z]/, valid: spanishId },
  {
    name: "IT codice fiscale",
    digits: 0,
    pattern:
      /^[A-Za-z]{6} ?[\dL-NP-Vl-np-v]{2}[A-EHLMPR-Ta-ehlmpr-t][\dL-NP-Vl-np-v]{2} ?[A-Za-z][\dL-NP-Vl-np-v]{3}[A-Za-z]/,
    valid: italianTaxCode,
  },
  {
    name: "PT NIF",
    digits: 3,
    pattern: /^(?:[123]\d{2}|45\d) ?\d{3} ?\d{3}/,
    valid: portugueseTaxNumber,
    words: /\bnif\b|contribuinte|n[úu]mero fiscal/i,
  },
  {
    name: "RO CNP",
    digits: 13,
    pattern: /^[1-8]\d{12}/,
    valid: romanianPersonal,
    words: /\bcnp\b|numeric personal/i,
  },
];
