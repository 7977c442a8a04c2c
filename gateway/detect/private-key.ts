import type { Span } from "./kinds.ts";

const opening = "-----BEGIN ";

/** Less than this between the lines is an example of the form, not a key. */
const shortestBody = 40;

/**
 * Private keys in PEM (RFC 7468 §10 and §11, RFC 4716, and the same of OpenSSH and OpenPGP), from the first line to the last; a key
 * whose end is missing counts as far as it looks like one. Line breaks may be written as \n.
 */
export function findPrivateKeys(text: string): Span[] {
  const found: Span[] = [];
  let start = text.indexOf(opening);
  while (start >= 0) {
    const end = keyEnd(text, start);
    if (end !== null) found.push({ start, end });
    start = text.indexOf(opening, end ?? start + opening.length);
  }
  return found;
}

function keyEnd(text: string, start: number): number | null {
  const label = /^-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----/.exec(text.slice(start, start + 64))?.[0];
  if (label === undefined) return null;
  const body = start + label.length;
  const close = text.indexOf("-----", body);
  const bodyEnd = close < 0 ? lastOfBody(text, body) : close;
  if (base64Count(text, body, bodyEnd) < shortestBody) return null;
  if (!text.startsWith("-----END ", bodyEnd)) return lastOfBody(text, body, bodyEnd);
  const last = /^-----END [A-Z0-9 ]{1,48}-----/.exec(text.slice(bodyEnd, bodyEnd + 64))?.[0] ?? "-----END ";
  return bodyEnd + last.length;
}

/** Base64, headers and written line breaks. */
function lastOfBody(text: string, body: number, limit = text.length): number {
  let end = body;
  while (end < limit && /[A-Za-z0-9+/=\s\\:,.-]/.test(text.charAt(end))) end += 1;
  return end;
}

function base64Count(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = from; at < to && count < shortestBody; at += 1) if (/[A-Za-z0-9+/=]/.test(text.charAt(at))) count += 1;
  return count;
}
