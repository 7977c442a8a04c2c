import { BuiltinError } from "../types.ts";

const SHAPES = {
  base64: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
  base64url: /^(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-]{2}==|[A-Za-z0-9_-]{3}=)?$/,
};

/**
 * Go's padded base64: line breaks are skipped, anything else outside the alphabet is an error. Node's own decoder
 * mixes the alphabets and stops silently at the first bad character.
 * @throws BuiltinError
 */
export function decodeBase64(text: string, alphabet: keyof typeof SHAPES = "base64"): Buffer {
  const kept = /[\r\n]/.test(text) ? text.replace(/[\r\n]/g, "") : text;
  if (!SHAPES[alphabet].test(kept)) throw new BuiltinError("illegal base64 data");
  return Buffer.from(kept, alphabet);
}

/** Base64url with or without its padding (RFC 7515, appendix C). */
export function decodeBase64Url(text: string): Buffer {
  if (text.endsWith("=")) return decodeBase64(text, "base64url");
  const rest = text.length % 4;
  if (rest === 1) throw new BuiltinError(`illegal base64url string: ${text}`);
  return decodeBase64(text + "=".repeat(rest === 0 ? 0 : 4 - rest), "base64url");
}
