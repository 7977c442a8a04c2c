/**
 * A text as detectors read it: without characters that nobody sees, wide and mathematical letters and digits as ASCII
 * (what NFKC makes of them), blanks, hyphens and quotation marks of all kinds as those of ASCII.
 */
export interface PlainText {
  readonly text: string;
  /** Whether it differs from the original. */
  readonly changed: boolean;
  /** Where a part of the plain text stands in the original. */
  readonly original: (start: number, end: number) => { readonly start: number; readonly end: number };
}

/** High surrogates of mathematical letters (U+1D400 to U+1D7FF), and of planes of nothing but tags, selectors and what is reserved for such. */
const mathematical = 0xd835;
const invisiblePlanes = [0xdb40, 0xdb41, 0xdb42, 0xdb43] as const;
/** Of a high surrogate the low ones with which it is invisible: signs of shorthand (U+1BCA0 to U+1BCA3) and of music (U+1D173 to U+1D17A). */
const invisibleLows: ReadonlyMap<number, readonly [number, number]> = new Map([
  [0xd82f, [0xdca0, 0xdca3]],
  [0xd834, [0xdd73, 0xdd7a]],
]);
/** Combining marks, and the ranges of https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point. */
const invisible: readonly (readonly [number, number])[] = [
  [0x300, 0x36f],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x200b, 0x200f],
  [0x202a, 0x202e],
  [0x2060, 0x206f],
  [0xfe00, 0xfe0f],
  [0xfff0, 0xfff8],
];

/** Code unit → what it becomes; 0 for what is left out or begins a pair that is looked at. */
const plainOf = plainTable();
const mathematicalOf = mathematicalTable();

export function plainText(text: string): PlainText {
  const first = firstChange(text);
  if (first === text.length) return { text, changed: false, original: (start, end) => ({ start, end }) };
  const plain = new Uint16Array(text.length);
  /** Places from the first character on that is left out; before it they are the same. */
  let places: Uint32Array | null = null;
  let firstPlace = 0;
  let length = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    let becomes = plainOf[code] as number;
    const from = at;
    if (becomes === 0 && isVisible(code, text.charCodeAt(at + 1))) becomes = code;
    if (becomes === 0) {
      if (isPair(code, text.charCodeAt(at + 1))) {
        becomes = pairBecomes(code, text.charCodeAt(at + 1));
        at += 1;
      }
      if (places === null) {
        places = new Uint32Array(text.length - from);
        firstPlace = length;
      }
    }
    if (becomes === 0) continue;
    plain[length] = becomes;
    if (places !== null) places[length - firstPlace] = from;
    length += 1;
  }
  const placeOf = (at: number): number =>
    at >= length ? text.length : places === null || at < firstPlace ? at : (places[at - firstPlace] as number);
  const read = new TextDecoder("utf-16le").decode(plain.subarray(0, length));
  return {
    changed: read !== text,
    text: read,
    original: (start, end) => ({
      start: placeOf(start),
      end: end > start ? endOf(text, placeOf(end - 1)) : placeOf(start),
    }),
  };
}

/** Of the code units that begin an invisible character with some low surrogates: whether they begin another one here. */
function isVisible(high: number, low: number): boolean {
  const lows = invisibleLows.get(high);
  return lows !== undefined && !(low >= lows[0] && low <= lows[1]);
}

function isPair(high: number, low: number): boolean {
  return high >= 0xd800 && high < 0xdc00 && isLow(low);
}

function isLow(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff;
}

function firstChange(text: string): number {
  let at = 0;
  while (at < text.length && plainOf[text.charCodeAt(at)] === text.charCodeAt(at)) at += 1;
  return at;
}

function endOf(text: string, at: number): number {
  return text.charCodeAt(at) === mathematical ? at + 2 : at + 1;
}

function pairBecomes(high: number, low: number): number {
  return high === mathematical ? (mathematicalOf[low & 0x3ff] ?? 0) : 0;
}

function plainTable(): Uint16Array {
  const table = new Uint16Array(0x10000);
  for (let code = 0; code < table.length; code += 1) table[code] = code;
  const map = (from: number, to: number, becomes: (code: number) => number): void => {
    for (let code = from; code <= to; code += 1) table[code] = becomes(code);
  };
  map(0xff01, 0xff5e, (code) => code - 0xfee0);
  map(0x24b6, 0x24e9, (code) => compatible(String.fromCharCode(code)));
  for (const code of [0xa0, 0x202f, 0x205f, 0x3000]) table[code] = 0x20;
  map(0x2000, 0x200a, () => 0x20);
  map(0x2010, 0x2015, () => 0x2d);
  table[0x2212] = 0x2d;
  // Small forms, and the full stops that end parts of host names as a dot does (UTS 46 §2.3).
  map(0xfe50, 0xfe6b, (code) => compatible(String.fromCharCode(code)));
  for (const code of [0x3002, 0xff61]) table[code] = 0x2e;
  map(0x2018, 0x201b, () => 0x27);
  map(0x201c, 0x201f, () => 0x22);
  // Combining marks are left out: words are compared without accents.
  for (const code of [0xad, 0x34f, 0x61c, 0x3164, 0xfeff, 0xffa0, mathematical]) table[code] = 0;
  for (const code of [...invisiblePlanes, ...invisibleLows.keys()]) table[code] = 0;
  for (const [from, to] of invisible) map(from, to, () => 0);
  return table;
}

function mathematicalTable(): Uint16Array {
  return Uint16Array.from({ length: 0x400 }, (_, low) => compatible(String.fromCodePoint(0x1d400 + low)));
}

/** The one code unit that NFKC makes of a character. */
function compatible(character: string): number {
  const plain = character.normalize("NFKC");
  return plain.length === 1 ? plain.charCodeAt(0) : 0x3f;
}
