import { isDay } from "../numbers/check-digits.ts";

/** One way in which a country writes the numbers of its people. */
export interface IdFormat {
  /** ISO 3166-1 and the number's name. */
  readonly name: string;
  /** How many digits it begins with, at least; 0: it begins with a letter. Most formats need not be tried at most numbers. */
  readonly digits: number;
  /** Anchored at the start of the number. */
  readonly pattern: RegExp;
  /** Whether the check digits are right; the value is in upper case, without blanks and marks. */
  readonly valid: (value: string) => boolean;
  /** Words that must stand before the number, where its form and check digit say too little. */
  readonly words?: RegExp;
}

/** Whether a value begins with a day, its parts in this order: "ymd" for YYMMDD, "dmy" for DDMMYY. */
export function beginsWithDay(value: string, order: "ymd" | "dmy", at = 0): boolean {
  const [first, month, last] = [0, 2, 4].map((from) => Number(value.slice(at + from, at + from + 2)));
  return isDay((order === "ymd" ? last : first) ?? 0, month ?? 0);
}
