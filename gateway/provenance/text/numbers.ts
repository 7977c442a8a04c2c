/** A date, with or without a time: it selects nothing by itself. */
const dates = [
  /^(?:19|20|21)\d\d-(?:0?[1-9]|1[0-2])(?:-(?:0?[1-9]|[12]\d|3[01]))?(?:[t ]\d\d?:\d\d(?::\d\d(?:[.,]\d+)?)?\s?(?:z|[+-]\d\d:?\d\d)?)?$/i,
  /^(?:19|20|21)\d\d[/.](?:0?[1-9]|1[0-2])[/.](?:0?[1-9]|[12]\d|3[01])$/,
  /^(?:0?[1-9]|[12]\d|3[01])[/.-] ?(?:0?[1-9]|1[0-2])[/.-] ?(?:(?:19|20|21)?\d\d)?$/,
  /^(?:0?[1-9]|1[0-2])\/(?:0?[1-9]|[12]\d|3[01])\/(?:19|20|21)?\d\d$/,
  /^(?:[01]?\d|2[0-4]):[0-5]\d(?::[0-5]\d)?(?:\s?[ap]m)?$/i,
];

const months =
  /^(?:(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?,? )?(?:\d{1,2}(?:st|nd|rd|th|\.)? )?(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?(?: \d{1,2}(?:st|nd|rd|th)?)?(?:,? (?:19|20|21)\d\d)?$/i;

/** Longest text that can be a date or a number, in UTF-16 units. */
const longest = 40;

export function isDate(text: string): boolean {
  if (text.length < 3 || text.length > longest || !/\d/.test(text)) return false;
  const trimmed = text.trim();
  return isCompactDate(trimmed) || dates.some((form) => form.test(trimmed)) || months.test(trimmed);
}

/** Digits of it. */
export const shortestCompactDate = 8;

/** YYYYMMDD, with or without hhmm or hhmmss: the form of a date that is only digits. */
export function isCompactDate(digits: string): boolean {
  if (digits.length < shortestCompactDate) return false;
  return /^(?:19|20|21)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d)?)?$/.test(
    digits,
  );
}

const plain = /^[+-]?(?:0|[1-9]\d*)(?:[.,]\d+)?$/;
const grouped = /^[+-]?[1-9]\d{0,2}(?:([ .,'\u2019\u00a0])\d{3})(?:\1\d{3})*(?:[.,]\d+)?$/;
const begins = /^[+-]?\d/;
const digits = /^\d+$/;

const none: readonly string[] = [];

/**
 * What a written number can mean, as decimal texts without sign and needless zeros: "1.204" is one and a bit, or more than a
 * thousand. None for what is no number, or a code with zeros before it.
 */
export function numberForms(text: string): readonly string[] {
  if (text.length > longest || !begins.test(text)) return none;
  if (digits.test(text)) return text.length > 1 && text.startsWith("0") ? none : [text];
  const forms: string[] = [];
  if (plain.test(text)) forms.push(decimal(text.replace(",", ".")));
  const separator = grouped.exec(text)?.[1];
  if (separator !== undefined) {
    const joined = text.replaceAll(separator, "").replace(",", ".");
    if (plain.test(joined)) forms.push(decimal(joined));
  }
  return forms;
}

const withExponent = /^-?(\d+)(?:\.(\d+))?e([+-]?\d{1,3})$/i;

/** Of a number of JSON (RFC 8259 §6) that has an exponent, written without one; its text where that would be too long. */
function withoutExponent(text: string): string {
  const [, whole = "", fraction = "", exponent = "0"] = withExponent.exec(text) ?? [];
  const point = whole.length + Number(exponent);
  const digits = `${whole}${fraction}`;
  if (whole === "" || point > longest || point < -longest) return text;
  const before = digits
    .slice(0, Math.max(point, 0))
    .padEnd(point, "0")
    .replace(/^0+(?=\d)/, "");
  const after = `${"0".repeat(Math.max(-point, 0))}${digits.slice(Math.max(point, 0))}`;
  return decimal(`${before || "0"}.${after || "0"}`);
}

/**
 * The first of these of a number of JSON, or its text: most are whole numbers, of which nothing has to be matched. With and without an exponent
 * a number has the same form.
 */
export function jsonNumberForm(text: string): string {
  const start = text.charCodeAt(0) === 0x2d ? 1 : 0;
  let point = -1;
  for (let at = start; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === 0x2e && point === -1 && at > start) point = at;
    else if (unit < 0x30 || unit > 0x39) return numberForms(text)[0] ?? withoutExponent(text);
  }
  const isAsPrinted =
    text.length <= longest &&
    text.length > start &&
    (text.charCodeAt(start) !== 0x30 || text.length === start + 1 || point === start + 1) &&
    (point === -1 || (text.charCodeAt(text.length - 1) !== 0x30 && point < text.length - 1));
  return isAsPrinted ? text.slice(start) : (numberForms(text)[0] ?? text);
}

function decimal(text: string): string {
  const unsigned = text.replace(/^[+-]/, "");
  return unsigned.includes(".") ? unsigned.replace(/\.?0+$/, "") : unsigned;
}

/** Whether a decimal text has few digits: such numbers stand everywhere. */
export function hasFewDigits(form: string): boolean {
  if (form.length < fewDigits) return true;
  let count = 0;
  for (let at = 0; at < form.length && count < fewDigits; at += 1) {
    const unit = form.charCodeAt(at);
    if (unit >= 0x30 && unit <= 0x39) count += 1;
  }
  return count < fewDigits;
}

/** Of fewer digits a number has few. */
export const fewDigits = 5;
