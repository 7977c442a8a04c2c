/** Bits of the class of a UTF-16 unit; 0 for whatever separates words. */
export const isLetter = 1;
export const isDigit = 2;
/** A word of its own: scripts that are written without blanks between words. */
export const isAlone = 4;
/** An upper-case letter of ASCII. The value is the bit in which it and its lower-case letter differ. */
export const isUpper = 0x20;
/** Of bytes; has a place for each, so that no reading of it is out of bounds, which is slow. */
export const asciiClasses = new Uint8Array(0x100);
for (let unit = 0; unit < 0x80; unit += 1) asciiClasses[unit] = classOf(unit);

let table: Uint8Array | null = null;

/** Of all units; made at the first text beyond ASCII. */
export function unicodeClasses(): Uint8Array {
  table ??= Uint8Array.from({ length: 0x1_0000 }, (_, unit) => classOf(unit));
  return table;
}

function classOf(unit: number): number {
  if (unit >= 0x41 && unit <= 0x5a) return isLetter | isUpper;
  // Pairs of the supplementary ideographic planes (U+20000 to U+3FFFF); pictures and other pairs separate.
  if (unit >= 0xd800 && unit <= 0xdfff)
    return unit >= 0xdc00 || unit < 0xd840 || unit > 0xd8bf ? 0 : isLetter | isAlone;
  const character = String.fromCharCode(unit);
  if (/\p{Nd}/u.test(character)) return isDigit;
  if (!/[\p{L}\p{N}\p{M}]/u.test(character)) return 0;
  const dense =
    /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
  return dense.test(character) ? isLetter | isAlone : isLetter;
}

const invisible = /[\p{Default_Ignorable_Code_Point}\p{Cf}]+/gu;
const visible = /^[\x20-\x7e\s]*$/;

/**
 * What texts are compared as: without characters that nobody sees, NFKC, case folded. Texts in ASCII are returned as they are:
 * whoever reads them folds their letters.
 */
export function foldText(text: string): string {
  // Letters that only look or sound alike stay apart, as they do in names of hosts: what is known lets a call pass.
  return visible.test(text) ? text : withDots(text.replace(invisible, "").normalize("NFKC").toLowerCase());
}

/** The full stop of Chinese and Japanese between letters of ASCII: in a host it is a dot (UTS #46). */
function withDots(text: string): string {
  return text.includes("\u3002") ? text.replace(/(?<=[a-z0-9])\u3002(?=[a-z0-9])/g, ".") : text;
}

/** Whether a text stands in another, and no character that `before` or `after` finds stands beside it. */
export function stands(folded: string, wanted: string, before: RegExp, after: RegExp | null): boolean {
  for (let at = folded.indexOf(wanted); at >= 0; at = folded.indexOf(wanted, at + 1)) {
    if (before.test(folded.charAt(at - 1))) continue;
    if (after === null || !after.test(folded.charAt(at + wanted.length))) return true;
  }
  return false;
}
