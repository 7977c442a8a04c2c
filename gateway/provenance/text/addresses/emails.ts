import type { Address } from "./address.ts";
import { asciiHost, hostEnd } from "./hosts.ts";

/** RFC 5321 §4.5.3.1: longest local part. */
const longestLocal = 64;

/** Mail addresses (RFC 5321; internationalised ones of RFC 6531). */
export function emailsIn(text: string, found: Address[]): void {
  for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) {
    const start = text.charCodeAt(at - 1) === 0x22 ? quotedStart(text, at) : localStart(text, at);
    const end = start === at ? at : hostEnd(text, at + 1);
    if (!hasTopLevel(text, at + 1, end) || isUserOfUrl(text, start)) continue;
    const host = asciiHost(text.slice(at + 1, end));
    if (host === null) continue;
    found.push({ kind: "email", start, end, normal: `${localOf(text.slice(start, at))}@${host}`, host });
  }
}

/** Whether a dot and no digit after it stand in a domain, as the last dot of it. */
function hasTopLevel(text: string, from: number, to: number): boolean {
  for (let at = to - 2; at > from; at -= 1) if (text.charCodeAt(at) === 0x2e) return !isDigit(text.charCodeAt(at + 1));
  return false;
}

function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
}

/** A user, or a password, before the host of a URL. */
function isUserOfUrl(text: string, start: number): boolean {
  const before = text.charCodeAt(start - 1);
  if (before !== 0x3a && before !== 0x2f) return false;
  return /\/\/[^\s/?#]*$/.test(text.slice(Math.max(0, start - longestLocal), start));
}

/** Where a local part in quotation marks begins (RFC 5321 §4.1.2); `end` when nothing does. */
function quotedStart(text: string, end: number): number {
  const start = text.lastIndexOf('"', end - 2);
  const isQuoted = start >= 0 && end - start <= longestLocal && !/[\r\n]/.test(text.slice(start, end));
  return isQuoted ? start : end;
}

/** Quotation marks around what needs none mean nothing. */
function localOf(local: string): string {
  const quoted = /^"([\w.+%-]+)"$/.exec(local)?.[1];
  return (quoted ?? local).toLowerCase();
}

/** Where the local part begins: RFC 5322 §3.2.3 atoms, letters of all languages, without marks that stand around addresses. */
function localStart(text: string, end: number): number {
  let start = end;
  while (start > 0 && end - start < longestLocal && isLocal(text.charCodeAt(start - 1))) start -= 1;
  while (start < end && ".-+_".includes(text.charAt(start))) start += 1;
  return start;
}

/** Signs that separate in URLs and sentences (`/ = ? & ' * |` and others) are none of it, though RFC 5322 has them. */
function isLocal(unit: number): boolean {
  if (unit > 0x7f) return !/[\s\p{P}]/u.test(String.fromCharCode(unit));
  return (
    (unit >= 0x61 && unit <= 0x7a) ||
    isDigit(unit) ||
    (unit >= 0x41 && unit <= 0x5a) ||
    unit === 0x2e ||
    unit === 0x2d ||
    unit === 0x5f ||
    unit === 0x2b ||
    unit === 0x25
  );
}
