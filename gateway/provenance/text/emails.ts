import type { Address } from "./addresses.ts";
import { asciiHost, hostEnd } from "./hosts.ts";

/** RFC 5321 §4.5.3.1: longest local part. */
const longestLocal = 64;

/** Mail addresses (RFC 5321; internationalised ones of RFC 6531). */
export function emailsIn(text: string, found: Address[]): void {
  for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) {
    const start = localStart(text, at);
    if (start === at) continue;
    const end = hostEnd(text, at + 1);
    const domain = text.slice(at + 1, end);
    if (!/\.[^\d.][^.]*$/.test(domain)) continue;
    // A user and a password before the host of a URL are no address.
    if (text.startsWith("//", start - 2)) continue;
    const host = asciiHost(domain);
    if (host === null) continue;
    found.push({ kind: "email", start, end, normal: `${text.slice(start, at).toLowerCase()}@${host}`, host });
  }
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
    (unit >= 0x30 && unit <= 0x39) ||
    (unit >= 0x41 && unit <= 0x5a) ||
    unit === 0x2e ||
    unit === 0x2d ||
    unit === 0x5f ||
    unit === 0x2b ||
    unit === 0x25
  );
}
