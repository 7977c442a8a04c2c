import { asciiClasses, isAlone, isUpper } from "./characters.ts";
import { type DigestKey, digestOf, mixedBits } from "../digest.ts";
import { type Gaps, hasDigit, hasLetter } from "./gaps.ts";

/** Where the words of a text are put. */
export interface WordColumns {
  readonly hi: Uint32Array;
  readonly lo: Uint32Array;
  readonly start: Uint16Array;
  readonly end: Uint16Array;
  readonly marks: Uint8Array;
  /** Those with a digit, in order. */
  readonly digitWords: Uint16Array;
}

/** What is known of all words of a text. */
export interface WordTotals {
  readonly count: number;
  readonly digits: number;
  /** Length of the longest one. */
  readonly longest: number;
}

/** Longest text that is read at once, in UTF-16 units; no text of this length has more words than there is room for. */
export const longestText = 16_384;

/** Bytes of the longest character in UTF-8. */
const longestCharacter = 4;

/**
 * The bytes of the text that is being read, and a 0 after them. The engine knows the place and the length of what is constant in a module: two
 * fifths of the time of a loop over columns of an object are spent to look them up.
 */
const bytes = Buffer.alloc(longestText + longestCharacter);
const classes = asciiClasses.map((found) => found & (hasLetter | hasDigit));
const lowerBit = isUpper;
const digitBit = hasDigit;
const ofWord = digestOf.word;

/** From this length on a text is copied by one call of the runtime: one by one its units cost more. */
const copiedAtOnce = 16;

/** What one loop needs beside the text. */
export interface Scan {
  readonly to: WordColumns;
  readonly gaps: Gaps;
  readonly key: DigestKey;
}

/** @returns whether the text is in ASCII: then its bytes are ready to be read */
function copyAscii(text: string): boolean {
  const { length } = text;
  // In UTF-8 any other text has more bytes than units.
  if (length >= copiedAtOnce) {
    const isAscii = bytes.write(text, "utf8") === length;
    bytes[length] = 0;
    return isAscii;
  }
  let all = 0;
  for (let at = 0; at < length; at += 1) {
    const unit = text.charCodeAt(at);
    all |= unit;
    bytes[at] = unit;
  }
  bytes[length] = 0;
  return all < 0x80;
}

/** Finds the words of a text in ASCII. @returns null, with nothing found, for any other text */
export function scanAscii(text: string, scan: Scan): WordTotals | null {
  return copyAscii(text) ? scanBytes(text.length, scan) : null;
}

/** One loop, without a call for most words: this is most of what reading costs. */
function scanBytes(length: number, { to, gaps, key }: Scan): WordTotals {
  const { hi, lo, start, end, marks, digitWords } = to;
  const { seedA, seedB, stepA, stepB } = key;
  let count = 0;
  let digits = 0;
  let longest = 0;
  let at = gaps.begin(bytes, classes, length);
  let before = gaps.mark;
  while (at < length) {
    const from = at;
    let a = seedA ^ ofWord;
    let b = seedB;
    let seen = 0;
    let unit = bytes[at] as number;
    let found = classes[unit] as number;
    do {
      unit |= lowerBit;
      a = Math.imul(a ^ unit, stepA);
      a ^= a >>> 15;
      b = Math.imul(b ^ unit, stepB);
      b ^= b >>> 13;
      seen |= found;
      unit = bytes[++at] as number;
      found = classes[unit] as number;
    } while (found !== 0);
    hi[count] = b;
    lo[count] = mixedBits(a ^ Math.imul(b, 0x9e3779b1));
    start[count] = from;
    end[count] = at;
    marks[count] = before | seen;
    if ((seen & digitBit) !== 0) digitWords[digits++] = count;
    if (at - from > longest) longest = at - from;
    count += 1;
    const isBlank = unit === 0x20 && classes[bytes[at + 1] as number] !== 0;
    at = isBlank ? at + 1 : gaps.read(bytes, classes, at, length, count);
    before = isBlank ? 0 : gaps.mark;
  }
  gaps.end(length, count);
  return { count, digits, longest };
}

/** The same of a text in any script, which is folded. @param units with a 0 after the text. @param classes of all units */
export function scanUnits(
  units: Uint16Array,
  length: number,
  classes: Uint8Array,
  { to, gaps, key }: Scan,
): WordTotals {
  const { hi, lo, start, end, marks, digitWords } = to;
  const { seedA, seedB, stepA, stepB } = key;
  let count = 0;
  let digits = 0;
  let longest = 0;
  for (let at = gaps.begin(units, classes, length); at < length; at = gaps.read(units, classes, at, length, count)) {
    const from = at;
    let a = seedA ^ digestOf.word;
    let b = seedB;
    let seen = 0;
    let unit = units[at] as number;
    let found = classes[unit] as number;
    do {
      unit |= found & isUpper;
      a = Math.imul(a ^ unit, stepA);
      a ^= a >>> 15;
      b = Math.imul(b ^ unit, stepB);
      b ^= b >>> 13;
      seen |= found;
      unit = units[++at] as number;
      found = classes[unit] as number;
    } while (found !== 0 && ((found | seen) & isAlone) === 0);
    hi[count] = b;
    lo[count] = mixedBits(a ^ Math.imul(b, 0x9e3779b1));
    start[count] = from;
    end[count] = at;
    marks[count] = gaps.mark | (seen & (hasLetter | hasDigit));
    if ((seen & hasDigit) !== 0) digitWords[digits++] = count;
    if (at - from > longest) longest = at - from;
    count += 1;
  }
  gaps.end(length, count);
  return { count, digits, longest };
}
