import { decodedText } from "../../detect/escapes.ts";
import { signs } from "./words/gaps.ts";
import type { Words } from "./words/words.ts";

/** How often what was encoded is decoded again. */
export const mostLayers = 2;

/** Shortest text in base64 that is looked at, and the longest, in characters. */
const shortestEncoded = 16;
const longest = 8_192;

/** Most texts in base64 of one text that are read. */
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

/**
 * What a text says beside what it shows: percent-encoded, with escapes of JSON or HTML, or in base64. `longestWord`: of its runs of
 * letters and digits.
 */
export function decodedTexts(text: string, longestWord: number): readonly string[] {
  const decoded: string[] = [];
  const plain = decodedText(percentDecoded(text)).text;
  if (plain !== text) decoded.push(plain);
  if (longestWord < shortestEncoded) return decoded.length === 0 ? none : decoded;
  for (const [token] of text.matchAll(base64)) {
    const said = token.length > longest ? null : ofBase64(token);
    if (said !== null) decoded.push(said);
    if (decoded.length >= most) break;
  }
  return decoded;
}

const none: readonly string[] = [];

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
