import type { Span } from "./kinds.ts";

/** How the sign between the parts is written: plain, percent-encoded (RFC 3986 §2.1), or to keep robots away. */
const signs = ["@", "%40", "(at)", "[at]"];

/** RFC 5321 §4.5.3.1: octets of the local part and of the domain. */
const longestLocal = 64;
const longestDomain = 255;

/** Endings that name a kind of file more often than a place in the DNS: icon@2x.png, package@1.2.tgz. */
const fileEndings =
  /^(?:png|jpe?g|gif|webp|svg|ico|bmp|avif|css|scss|less|jsx?|mjs|cjs|tsx?|json|ya?ml|html?|xml|txt|pdf|gz|tgz|tar|map|min|log|local|localdomain|internal|service|target|socket|timer|mount)$/i;

/** Addresses of mail (RFC 5321, internationalised ones of RFC 6531) whose domain has a top level that can be one. */
export function findEmails(text: string): Span[] {
  const found: Span[] = [];
  for (const sign of signs) addSigned(text, sign, found);
  return found.sort((one, other) => one.start - other.start);
}

function addSigned(text: string, sign: string, found: Span[]): void {
  for (let at = text.indexOf(sign); at >= 0; at = text.indexOf(sign, at + sign.length)) {
    const span = addressAround(text, at, sign);
    if (span !== null) found.push(span);
  }
}

function addressAround(text: string, at: number, sign: string): Span | null {
  const spaced = sign.length === 4;
  const localEnd = spaced && text.charAt(at - 1) === " " ? at - 1 : at;
  const start = localStart(text, localEnd);
  if (start === localEnd || !isAddressBefore(text, start)) return null;
  const from = at + sign.length + (spaced && text.charAt(at + sign.length) === " " ? 1 : 0);
  const domain = domainAt(text, from, spaced);
  if (domain === null) return null;
  const end = from + domain.length;
  return text.charAt(end) === "@" || isRemote(text, start, localEnd, end) ? null : { start, end };
}

/** Where the local part begins: RFC 5322 §3.2.3 atoms with single dots; letters of all languages. */
function localStart(text: string, end: number): number {
  let start = end;
  while (start > 0 && end - start < longestLocal && /[\p{L}\p{N}.!#$&'*+/=?^_`{|}~%-]/u.test(text.charAt(start - 1)))
    start -= 1;
  // Quotation marks, brackets and the ends of URLs that may stand in an atom are more often around an address than in it.
  const local = text.slice(start, end);
  const outside = /^.*[='`{|}/?&%]|^[.!#$*^~+-]+/s.exec(local)?.[0] ?? "";
  const kept =
    outside.endsWith("'") && /\p{L}'$/u.test(outside) ? outside.slice(0, -1).replace(/[\p{L}\p{N}]+$/u, "") : outside;
  return local.endsWith(".") || local.includes("..") ? end : start + kept.length;
}

/** No address follows an "@" (fediverse, decorators), the scheme of a URL or its password, or the name of a message's id. */
function isAddressBefore(text: string, start: number): boolean {
  const before = text.slice(Math.max(0, start - 80), start);
  return !/@$|:\/\/[^\s/]*$|(?:message-id|in-reply-to|references):[^\n]*$/i.test(before);
}

function domainAt(text: string, from: number, spaced: boolean): string | null {
  const window = text.slice(from, from + longestDomain);
  const form = spaced
    ? /^[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?(?:(?:\.| ?[([]dot[)\]] ?)[\p{L}\p{N}-]+)+/iu
    : /^[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?(?:\.[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?)+/u;
  const domain = form.exec(window)?.[0];
  const top = domain === undefined ? "" : (/[\p{L}\p{N}-]+$/u.exec(domain)?.[0] ?? "");
  return domain !== undefined && /^(?:\p{L}{2,24}|xn--[a-z0-9-]{2,59})$/iu.test(top) && !fileEndings.test(top)
    ? domain
    : null;
}

/** A repository as git and ssh write it: git@host:path. */
function isRemote(text: string, start: number, localEnd: number, end: number): boolean {
  return (
    text.charAt(end) === ":" &&
    /^[\w~/]/.test(text.charAt(end + 1)) &&
    /^(?:git|hg|svn|ssh)$/.test(text.slice(start, localEnd))
  );
}
