import { isDigit, isLetter } from "./characters.ts";

/** Bits of the `marks` of a word. */
export const hasLetter = isLetter;
export const hasDigit = isDigit;
/** A line, or a part between , ; : begins with the word. */
export const beginsLine = 8;
export const beginsPart = 16;

/** Nothing stands between the word and the one before, or one or two signs that join; and one hyphen or underscore alone. */
export const isJoined = 32;
export const isHyphened = 4;
/** A sign that begins names, as `#` and `/` do, stands before the word. */
export const isAfterGiven = 64;

/**
 * Bits of `signs`. `dot`: with something after it; `given`: as in names that somebody gave to a thing; `digit`: any digit; `quote`: a
 * quotation mark, or any sign beyond ASCII.
 */
export const signs = { at: 1, dot: 2, slash: 4, escape: 8, given: 16, digit: 32, quote: 256 } as const;
