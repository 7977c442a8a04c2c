/** Check digits of published schemes. All take digits only; letters as digits where a scheme says so. */

/** ISO/IEC 7812-1 annex B ("Luhn"): payment cards, and several national numbers. */
export function luhn(digits: string): boolean {
  let sum = 0;
  for (let at = 0; at < digits.length; at += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - at) - 0x30;
    sum += at % 2 === 0 ? digit : digit > 4 ? 2 * digit - 9 : 2 * digit;
  }
  return sum % 10 === 0;
}

/** The rest of a number of any length. Letters count as A = 10 to Z = 35, as ISO 7064 MOD 97-10 reads them. */
export function modulo(text: string, modulus: number): number {
  let rest = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    rest = code < 0x3a ? (rest * 10 + code - 0x30) % modulus : (rest * 100 + code - 0x37) % modulus;
  }
  return rest;
}

/** ISO 7064 MOD 11,10: the last digit checks those before it. */
export function mod11x10(digits: string): boolean {
  let product = 10;
  for (let at = 0; at < digits.length - 1; at += 1) {
    const sum = (product + digits.charCodeAt(at) - 0x30) % 10;
    product = ((sum === 0 ? 10 : sum) * 2) % 11;
  }
  return (11 - product) % 10 === digits.charCodeAt(digits.length - 1) - 0x30;
}

/** Each digit times its weight, added up. */
export function weighted(digits: string, weights: readonly number[]): number {
  return weights.reduce((sum, weight, at) => sum + weight * (digits.charCodeAt(at) - 0x30), 0);
}

/** Whether a calendar has such a day; of the year only the last two digits need be known. */
export function isDay(day: number, month: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= (month === 2 ? 29 : [4, 6, 9, 11].includes(month) ? 30 : 31);
}
