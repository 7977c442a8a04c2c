import type { Address } from "./addresses.ts";
import { percentDecoded } from "./encodings.ts";
import { asciiHost, hostEnd, hostStart, isHostUnit } from "./hosts.ts";

/** Where a URL in a text ends. */
const ends = /[\s<>"'`|^{}\\\u0000-\u001f]/g;

const longestUrl = 4_096;

/** URLs with a scheme (RFC 3986 §3), references without one (`//host/path`), and shares of a Windows network (`\\\\host\\share`). */
export function urlsIn(text: string, found: Address[]): void {
  for (let at = nextSlashes(text, 0); at >= 0; ) {
    const start = schemeStart(text, at);
    const isScheme = start < at;
    // In a path or a comment two slashes begin nothing.
    const before = start === 0 ? 0x20 : text.charCodeAt(start - 1);
    const end = urlEnd(text, at + 2);
    const isReference = before <= 0x20 || "\"'(<[=,;:".includes(String.fromCharCode(before));
    const url = isScheme || isReference ? urlAt(text, start, at + 2, end) : null;
    if (url !== null) found.push(url);
    at = nextSlashes(text, url === null ? at + 2 : Math.max(url.end, at + 2));
  }
}

function nextSlashes(text: string, from: number): number {
  const [forward, backward] = [text.indexOf("//", from), text.indexOf("\\\\", from)];
  if (forward < 0 || backward < 0) return Math.max(forward, backward);
  return Math.min(forward, backward);
}

function schemeStart(text: string, slashes: number): number {
  if (text.charCodeAt(slashes - 1) !== 0x3a) return slashes;
  const from = Math.max(0, slashes - 32);
  const scheme = /[a-z][a-z0-9+.-]*:$/i.exec(text.slice(from, slashes))?.[0];
  return scheme === undefined ? slashes : slashes - scheme.length;
}

function urlEnd(text: string, from: number): number {
  ends.lastIndex = from;
  const limit = Math.min(text.length, from + longestUrl);
  return Math.min(ends.exec(text)?.index ?? limit, limit);
}

/** A URL whose authority begins at `authority`; null when it has no host. */
function urlAt(text: string, start: number, authority: number, limit: number): Address | null {
  let end = limit;
  while (end > authority && isTrailing(text, end - 1, authority)) end -= 1;
  const rest = text.slice(authority, end);
  const path = /[/?#]/.exec(rest)?.index ?? rest.length;
  const host = hostOf(rest.slice(0, path));
  if (host === null) return null;
  return { kind: "url", start, end, normal: normalUrl(host, rest.slice(path)), host: host.name };
}

/** Punctuation after a URL, and a closing bracket that nothing in it opens. */
function isTrailing(text: string, at: number, from: number): boolean {
  const sign = text.charAt(at);
  if (".,;:!?*_~".includes(sign)) return true;
  const opening = { ")": "(", "]": "[" }[sign];
  return opening !== undefined && text.lastIndexOf(opening, at) < from;
}

interface Host {
  readonly name: string;
  /** With its colon; empty for the usual one. */
  readonly port: string;
}

function hostOf(authority: string): Host | null {
  const place = authority.slice(authority.lastIndexOf("@") + 1);
  const parts = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::(\d*))?$/i.exec(place);
  const written = parts?.[1];
  if (written === undefined) return null;
  const host = asciiHost(percentDecoded(written).replace(/\.$/, ""));
  if (host === null || host === "" || !/[a-z0-9]/.test(host)) return null;
  const port = parts?.[2] ?? "";
  return { name: host.replace(/^www\./, ""), port: port === "" || port === "80" || port === "443" ? "" : `:${port}` };
}

/** Without scheme, user, `www.`, fragment and slashes at the end; escapes that need not be are undone. */
function normalUrl({ name, port }: Host, rest: string): string {
  const fragment = rest.indexOf("#");
  const whole = fragment < 0 ? rest : rest.slice(0, fragment);
  return `${name}${port}${percentDecoded(whole).replace(/[/?]+$/, "").toLowerCase()}`;
}

/** Endings that name a kind of file more often than a host. */
const fileEnding =
  /^(?:png|jpe?g|gif|webp|svg|ico|bmp|css|scss|jsx?|mjs|cjs|tsx?|json|jsonl|ya?ml|toml|html?|xml|txt|md|rst|pdf|docx?|xlsx?|pptx?|odt|ods|csv|tsv|gz|tgz|zip|tar|rar|7z|exe|dll|so|py|rb|rs|go|java|kt|php|pl|sh|bash|ps1|sql|db|log|map|min|lock|cfg|conf|ini|env|local|bak|tmp|eml|ics|vcf|mp3|mp4|mov|wav|rego|c|h|cpp|hpp)$/;

/** Hosts without a scheme, with the path after them. */
export function hostsIn(text: string, found: Address[]): void {
  const taken = found.length;
  let last = 0;
  for (let dot = text.indexOf(".", 1); dot > 0; dot = text.indexOf(".", Math.max(dot + 1, last))) {
    if (dot < last || !isHostUnit(text.charCodeAt(dot - 1)) || !isHostUnit(text.charCodeAt(dot + 1))) continue;
    if (text.charCodeAt(dot + 1) === 0x2e) continue;
    const covering = coveringAt(found, taken, dot);
    if (covering !== null) {
      last = covering.end;
      continue;
    }
    const start = hostStart(text, dot);
    const host = hostEnd(text, dot);
    last = host;
    const url = isHostAt(text, start, host) ? urlAt(text, start, start, urlEnd(text, host)) : null;
    if (url === null) continue;
    found.push(url);
    last = url.end;
  }
}

function coveringAt(found: readonly Address[], count: number, at: number): Address | null {
  for (let index = 0; index < count; index += 1) {
    const one = found[index] as Address;
    if (one.start <= at && at < one.end) return one;
  }
  return null;
}

/** A name with a top level that can be one, or an address of IPv4; no part of a path, a file's name or a version. */
function isHostAt(text: string, start: number, end: number): boolean {
  if (start > 0 && "/\\@_%~".includes(text.charAt(start - 1))) return false;
  const after = text.charAt(end);
  if (after === "@" || after === "_" || after === "(") return false;
  const host = text.slice(start, end).toLowerCase();
  if (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(host)) return true;
  const top = host.slice(host.lastIndexOf(".") + 1);
  if (!/^(?:\p{L}{2,24}|xn--[a-z0-9-]{2,59})$/u.test(top)) return false;
  return after === "/" || after === ":" || !fileEnding.test(top);
}

/** Whether a name ends as files do. */
export function isFileName(name: string): boolean {
  const dot = name.lastIndexOf(".");
  return dot > 0 && fileEnding.test(name.slice(dot + 1).toLowerCase());
}
