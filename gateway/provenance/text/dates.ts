import type { Words } from "./words/words.ts";
import { isDate } from "./numbers.ts";

const hour = /^(?:[01]?\d|2[0-4])$/;

const shortGroupFirst = /^\d{1,7}[ \u00a0]\d/;

/** Groups of digits that are dates, each perhaps with one hour after it: in `2026-05-19 12:30` the minutes are no group of them. */
export function isTimesAlone(text: string): boolean {
  // With blanks alone between them each is a date of 8 digits or an hour, and the first is no hour.
  if (shortGroupFirst.test(text) && !text.includes("-")) return false;
  if (isDate(text)) return true;
  let isAfterDate = false;
  for (const group of text.trim().split(/[ \u00a0]/)) {
    const isHour: boolean = isAfterDate && hour.test(group);
    if (!isHour && !isDate(group)) return false;
    isAfterDate = !isHour;
  }
  return true;
}

/** Names of months in English, German, French, Spanish, Italian and Dutch. */
const months = [
  "jan feb mar apr jun jul aug sep sept oct nov dec",
  "january february march april may june july august september october november december",
  "januar februar märz mai juni juli oktober dezember",
  "janvier février mars avril juin juillet août septembre octobre novembre décembre",
  "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
  "gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre",
  "januari februari maart mei augustus",
]
  .flatMap((line) => line.split(" "))
  .join("|");

const endsInMonth = new RegExp(`(?<!\\p{L})(?:${months})\\.? ?$`, "iu");
const beginsWithMonth = new RegExp(`^\\.? ?(?:de )?(?:${months})(?!\\p{L})`, "iu");

/** Longest text beside a number that is looked at. */
const reach = 16;

/** Whether the number that stands in a text from `start` to `end` is the day of a date in words, as in `June 13` or `13. Juni`. */
export function isDayOfMonth(text: string, start: number, end: number): boolean {
  return (
    /^[0-3]?\d$/.test(text.slice(start, end)) &&
    (endsInMonth.test(text.slice(Math.max(0, start - reach), start)) ||
      beginsWithMonth.test(text.slice(end, end + reach)))
  );
}

/** A date with the `T` of a time after it: `2026-03-29T02:00`. */
export function isTimeOfDate(words: Words, at: number): boolean {
  return (
    isTimestamp(words, at) &&
    /^T\d\d:\d\d/i.test(words.text.slice((words.start[at] as number) + 10, (words.start[at] as number) + 16))
  );
}

/** A date, alone or with the time after it. */
export function isTimestamp({ text, start }: Words, at: number): boolean {
  const from = start[at] as number;
  return text.charCodeAt(from + 4) === 0x2d && /^(?:19|20|21)\d\d-[01]\d-[0-3]\d/.test(text.slice(from, from + 10));
}
