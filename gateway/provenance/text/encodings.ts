import { decodedText } from "../../detect/escapes.ts";
import { signs } from "./words/gaps.ts";
import type { Words } from "./words/words.ts";

/** How often what was encoded is decoded again. */
export const mostLayers = 2;

/** Shortest text in base64 that is looked at, in characters. */
const shortestEncoded = 16;

/** Most encoded texts of one text that are read. */
const most = 16;

const base64 = /[A-Za-z0-9+/_-]{16,}={0,2}/g;

/** Whether a text that was read may say something beside what it shows. */
export function mayBeEncoded({ longest, signs: has }: Words): boolean {
  return longest >= shortestEncoded || (has & signs.escape) !== 0;
}

/** Undoes percent-encoding (RFC 3986 §2.1) where it is UTF-8; the rest stays as it is written. */
export function percentDecoded(text: string): string {
  if (!text.includes("%")) return text;
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      return escapes;
    }
  });
}

export interface Decoded {
  readonly texts: readonly string[];
  /** There are more. */
  readonly isCut: boolean;
}

/**
 * What a text says beside what it shows: percent-encoded, with escapes of JSON or HTML, or in base64. `longestWord`: of its runs of
 * letters and digits.
 */
export function decodedTexts(text: string, longestWord: number): Decoded {
  const texts: string[] = [];
  const plain = decodedText(percentDecoded(text)).text;
  if (plain !== text) texts.push(plain);
  if (longestWord < shortestEncoded) return texts.length === 0 ? none : { texts, isCut: false };
  for (const [token] of text.matchAll(base64)) {
    const said = ofBase64(token);
    if (said === null) continue;
    if (texts.length >= most) return { texts, isCut: true };
    texts.push(said);
  }
  return { texts, isCut: false };
}

const none: Decoded = { texts: [], isCut: false };

/** Whether a text in base64 goes on behind the part of a text that is cut off here: the rest of it decodes to something else. */
export function endsInEncoded(part: string): boolean {
  let from = part.length;
  while (from > 0 && isOfBase64(part.charCodeAt(from - 1))) from -= 1;
  return part.length - from >= shortestEncoded && ofBase64(part.slice(from)) !== null;
}

/** A letter, a digit, or one of + / - _ */
function isOfBase64(unit: number): boolean {
  const lower = unit | 0x20;
  return (
    (lower >= 0x61 && lower <= 0x7a) ||
    (unit >= 0x2f && unit <= 0x39) ||
    unit === 0x2b ||
    unit === 0x2d ||
    unit === 0x5f
  );
}

/** The text that base64 (RFC 4648, either alphabet) encodes; null when it encodes something else, as most long words do. */
function ofBase64(token: string): string | null {
  const bytes = Buffer.from(
    token.replace(/[-_]/g, (sign) => (sign === "-" ? "+" : "/")),
    "base64",
  );
  for (const byte of bytes.subarray(0, 6)) if (byte < 0x09 || (byte > 0x0d && byte < 0x20)) return null;
  const text = bytes.toString("utf8");
  return /[\ufffd\u0000-\u0008\u000e-\u001f\u007f]/.test(text) ? null : text;
}
