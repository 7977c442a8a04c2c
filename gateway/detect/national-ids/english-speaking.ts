import { luhn, weighted } from "../numbers/check-digits.ts";
import type { IdFormat } from "./format.ts";

/**
 * United Kingdom: National Insurance number. It has no check digit; prefixes that are not given out: HMRC, National Insurance
 * Manual NIM39110.
 */
function britishInsurance(value: string): boolean {
  return !/^(?:BG|GB|NK|KN|TN|NT|ZZ)/.test(value);
}

/** United States: social security number. No check digit; areas, groups and serials of zeros, 666 and 9xx are not given out (SSA, RM 10201.035). */
function americanSocialSecurity(value: string): boolean {
  return !/^(?:000|666|9)/.test(value) && value.slice(3, 5) !== "00" && value.slice(5) !== "0000";
}

/** Ireland: Personal Public Service number. The letter is the weighted sum by 23, a second letter counts nine times (S.I. 14/2012). */
function irishPublicService(value: string): boolean {
  const second = "WABCDEFGHI".indexOf(value.charAt(8) || "W");
  const sum = weighted(value, [8, 7, 6, 5, 4, 3, 2]) + 9 * Math.max(0, second);
  return "WABCDEFGHIJKLMNOPQRSTUV".charAt(sum % 23) === value.charAt(7);
}

export const englishSpeaking: readonly IdFormat[] = [
  {
    name: "GB National Insurance number",
    digits: 0,
    pattern: /^[A-CEGHJ-PR-TW-Za-ceghj-pr-tw-z][A-CEGHJ-NPR-TW-Za-ceghj-npr-tw-z] ?\d\d ?\d\d ?\d\d ?[A-Da-d]/,
    valid: britishInsurance,
    words: /\bni(?:no)?\b|national insurance/i,
  },
  {
    name: "US social security number",
    digits: 3,
    pattern: /^\d{3}([- ]?)\d\d\1\d{4}/,
    valid: americanSocialSecurity,
    words: /\bss[ns]\b|social security|ssn/i,
  },
  {
    name: "IE PPS number",
    digits: 7,
    pattern: /^\d{7}[A-Wa-w][A-IWa-iw]?/,
    valid: irishPublicService,
    words: /\bpps\w*\b|personal public/i,
  },
  {
    // Canada: Social Insurance Number (Service Canada); the first digit 0 and 8 are not given to people born there.
    name: "CA social insurance number",
    digits: 3,
    pattern: /^\d{3}([- ]?)\d{3}\1\d{3}/,
    valid: luhn,
    words: /\bS\.?I\.?N\b|\bsin["':=]|\bNAS\b|[Ss]ocial [Ii]nsurance|assurance sociale/,
  },
];
