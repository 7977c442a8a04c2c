import { isDigitAt } from "../characters.ts";
import type { Span } from "../kinds.ts";
import { beginsWhole, endsWhole, hasDigits, isWhole, type ScannedText } from "../scanned-text.ts";
import { internationalLength } from "./calling-codes.ts";

/** Digits of a number (ITU-T E.164 allows 15), and where each group of them ends. */
interface Written {
  readonly digits: string;
  readonly groups: readonly { readonly length: number; readonly end: number }[];
}

/** Shorter numbers are dialled within a town or a company. */
const fewest = 8;

/** Words for telephones and calls in the languages of Europe. */
const words = [
  "t[ée]l|tel(?:[ée]fon[oe]?|ephone|efoon|efonnummer|em[óo]vel|efax| ?\\. ?kom)?|t[ée]l[ée]phone|phone|fax|sms|gsm",
  "mobile?|m[óo]vil|cell|cellphone|cell?ular[e]?|handy|portable|tlf|tfn|puh(?:elin)?|whats ?app|signal|hotline|helpline",
  "call|called|ring|reach me|text me|rufnummer|r[üu]ckruf|anruf|anrufen|durchwahl|zentrale|appeler|llamar|chiamare|bel|bellen",
].join("|");
const word = `(?:(?:^|[^\\p{L}])(?:${words})(?:[ ._-]{0,2}(?:number|nummer|num|no|nr))?(?![\\p{L}])|[📞☎📱])`;

/** A word for telephones with at most a few words before the number; and with nothing but marks or "number" in between. */
const named = new RegExp(`${word}[^\\d\\n]{0,20}$`, "iu");
const labelled = new RegExp(`${word}[^\\p{L}\\d\\n]{0,6}$`, "iu");

/** Between two numbers of one person. */
const another = /^ ?(?:[,;/|]|or|and|oder|und|ou|et|o|y|e|of|en) ?$/;

/** Writings that nothing else has: North America (NANP) and France (Arcep); the rest must be named. */
const telling = [
  /^\([2-9]\d\d\) ?[2-9]\d\d-\d{4}/,
  /^[2-9]\d\d-[2-9]\d\d-\d{4}/,
  /^0[1-9]([ .])\d\d\1\d\d\1\d\d\1\d\d/,
];

/** Telephone numbers: international (ITU-T E.123), and national ones that their writing or a word before them tells. */
export function findPhones(scanned: ScannedText): Span[] {
  const { text, runs } = scanned;
  const found: Span[] = [];
  let last = 0;
  for (let at = 0; at < runs.length; at += 2) {
    const run = runs[at] as number;
    if (run < last || !isDigitAt(text, run) || !hasDigits(text, run, fewest)) continue;
    const isAnother = last > 0 && run - last < 8 && another.test(text.slice(last, run));
    const span = phoneAt(text, run, isAnother ? "tel " : text.slice(Math.max(0, run - 40), run));
    if (span === null || span.start < last) continue;
    found.push(span);
    last = span.end;
  }
  return found;
}

/** @param before what stands before the number, or would if it had a word of its own */
function phoneAt(text: string, run: number, before: string): Span | null {
  if (before.endsWith("+")) return international(text, run - 1, run);
  const bracket = before.endsWith("(");
  const start = bracket ? run - 1 : run;
  const context = bracket ? before.slice(0, -1) : before;
  if (!beginsWhole(text, start)) return null;
  const abroad = /^00[1-9]\d{0,2}[ /-]/.test(text.slice(run, run + 6)) && !/\d[ .-]$/.test(context);
  const dialledAbroad = text.startsWith("00", run) && (abroad || standsBehind(named, context));
  return (dialledAbroad ? international(text, run, run + 2) : null) ?? national(text, start, context);
}

/** A number with its calling code. It is the longest row of groups that its country allows. */
function international(text: string, start: number, from: number): Span | null {
  if (!beginsWhole(text, start)) return null;
  const { digits, groups } = read(text, from);
  const length = internationalLength(digits);
  if (length === null) return null;
  const fitting = groups.filter((group) => group.length >= length.least && group.length <= length.most);
  const end = fitting.at(-1)?.end;
  return end === undefined || !endsWhole(text, end) ? null : { start, end };
}

function national(text: string, start: number, before: string): Span | null {
  const window = text.slice(start, start + 24);
  for (const form of telling) {
    const length = form.exec(window)?.[0].length;
    if (length === undefined) continue;
    const span = { start, end: start + length };
    if (isWhole(text, span) && !/\d[ .-]$/.test(before) && !/^[ .-]\d\d(?!\d)/.test(text.slice(span.end, span.end + 4)))
      return span;
  }
  if (!standsBehind(named, before)) return null;
  const { digits, groups } = read(text, start);
  const end = groups.at(-1)?.end ?? start;
  if (digits.length < fewest || digits.length > 12 || !endsWhole(text, end)) return null;
  const dialled =
    digits.startsWith("0") || window.startsWith("(") || (groups.length >= 3 && standsBehind(labelled, before));
  return dialled || (standsBehind(labelled, before) && groups.length === 1) ? { start, end } : null;
}

/** Whether one of the words stands before a number. Both forms reach back to the last digit or line break; between most numbers is no word. */
function standsBehind(form: RegExp, before: string): boolean {
  let start = before.length;
  let hasWord = false;
  for (; start > 0; start -= 1) {
    const code = before.charCodeAt(start - 1);
    if ((code >= 0x30 && code <= 0x39) || code === 0x0a) break;
    hasWord ||= code > 0x40;
  }
  return hasWord && form.test(before.slice(start));
}

/** Groups of digits with one separator, or a bracket and a blank, between them. "(0)" is not dialled from abroad. */
function read(text: string, from: number): Written {
  let digits = "";
  const groups: { length: number; end: number }[] = [];
  let at = from;
  while (digits.length <= 16) {
    const gap = /^(?:[ ./-]?\(0\)[ ./-]?|[ ]?[()][ ]?|[ ./-])?(?=\d)/.exec(text.slice(at, at + 6))?.[0];
    if (gap === undefined) break;
    const part = /^\d{1,17}/.exec(text.slice(at + gap.length, at + gap.length + 17))?.[0] ?? "";
    digits += part;
    at += gap.length + part.length;
    groups.push({ length: digits.length, end: at });
  }
  return { digits, groups };
}
