import { domainToASCII } from "node:url";

/** RFC 1035 §2.3.4. */
const longestHost = 253;

/** The place after the letters, digits, dots and hyphens that begin at `from`, without dots and hyphens at their end. */
export function hostEnd(text: string, from: number): number {
  let end = from;
  while (end < text.length && end - from < longestHost && isHostUnit(text.charCodeAt(end))) end += 1;
  while (end > from && (text.charCodeAt(end - 1) === 0x2e || text.charCodeAt(end - 1) === 0x2d)) end -= 1;
  return end;
}

/** The place where the letters, digits, dots and hyphens before `end` begin. */
export function hostStart(text: string, end: number): number {
  let start = end;
  while (start > 0 && end - start < longestHost && isHostUnit(text.charCodeAt(start - 1))) start -= 1;
  while (start < end && (text.charCodeAt(start) === 0x2e || text.charCodeAt(start) === 0x2d)) start += 1;
  return start;
}

export function isHostUnit(unit: number): boolean {
  return (
    (unit >= 0x61 && unit <= 0x7a) ||
    (unit >= 0x30 && unit <= 0x39) ||
    unit === 0x2d ||
    unit === 0x2e ||
    (unit >= 0x41 && unit <= 0x5a) ||
    (unit > 0x7f && /[\p{L}\p{M}\p{N}]/u.test(String.fromCharCode(unit)))
  );
}

/** A host in lower case, with punycode for whatever is not ASCII; null when there is no such host. */
export function asciiHost(host: string): string | null {
  let isPlain = true;
  for (let at = 0; at < host.length; at += 1) {
    const unit = host.charCodeAt(at);
    if (unit <= 0x20 || unit === 0x7f || (unit === 0x2e && host.charCodeAt(at + 1) === 0x2e)) return null;
    if (unit > 0x7f) return domainToASCII(host.toLowerCase()) || null;
    if (unit >= 0x41 && unit <= 0x5a) isPlain = false;
  }
  return isPlain ? host : host.toLowerCase();
}

/** Whether a host is one of these domains or stands below one. Both in lower case, and in ASCII. */
export function isBelow(host: string, domains: readonly string[]): boolean {
  return domains.some(
    (domain) => host === domain || (host.endsWith(domain) && host.charCodeAt(host.length - domain.length - 1) === 0x2e),
  );
}
