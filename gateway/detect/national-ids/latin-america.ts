import { weighted } from "../numbers/check-digits.ts";
import { beginsWithDay, type IdFormat } from "./format.ts";

/** Brazil: CPF, two check digits by 11 (Receita Federal, Instrução Normativa 1548/2015). */
function brazilianCpf(value: string): boolean {
  if (/^(\d)\1*$/.test(value)) return false;
  const check = (length: number): boolean => {
    const weights = Array.from({ length }, (_, at) => length + 1 - at);
    const rest = weighted(value, weights) % 11;
    return (rest < 2 ? 0 : 11 - rest) === Number(value.charAt(length));
  };
  return check(9) && check(10);
}

/** Chile: RUN, by 11 with K for ten (Servicio de Registro Civil). */
function chileanRun(value: string): boolean {
  const sum = [...value.slice(0, -1)].reverse().reduce((total, one, at) => total + Number(one) * (2 + (at % 6)), 0);
  return "0K987654321".charAt(sum % 11) === value.at(-1);
}

/** Argentina: CUIL, whose prefix tells people from companies (ANSES). */
function argentineCuil(value: string): boolean {
  return weighted(value, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0;
}

const mexicanCharacters = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ";

/** Mexico: CURP. Day of birth, sex, state; each character times a weight from 18 down (RENAPO, Instructivo normativo). */
function mexicanCurp(value: string): boolean {
  const sum = [...value.slice(0, 17)].reduce((total, one, at) => total + mexicanCharacters.indexOf(one) * (18 - at), 0);
  return beginsWithDay(value, "ymd", 4) && (10 - (sum % 10)) % 10 === Number(value.at(-1));
}

export const latinAmerica: readonly IdFormat[] = [
  { name: "BR CPF", digits: 3, pattern: /^\d{3}\.\d{3}\.\d{3}-\d\d/, valid: brazilianCpf },
  { name: "BR CPF, together", digits: 11, pattern: /^\d{11}/, valid: brazilianCpf, words: /\bcpf\b/i },
  { name: "CL RUN", digits: 1, pattern: /^\d{1,2}\.\d{3}\.\d{3}-[\dKk]/, valid: chileanRun },
  { name: "CL RUN, together", digits: 7, pattern: /^\d{7,8}-[\dKk]/, valid: chileanRun, words: /\br\.?u\.?[nt]\b/i },
  { name: "AR CUIL", digits: 2, pattern: /^2[0347]([- ])\d{8}\1\d/, valid: argentineCuil },
  {
    name: "MX CURP",
    digits: 0,
    pattern: /^[A-Z][AEIOUX][A-Z]{2}\d{6}[HMX][A-Z]{2}[B-DF-HJ-NP-TV-Z]{3}[A-Z\d]\d/,
    valid: mexicanCurp,
  },
];
