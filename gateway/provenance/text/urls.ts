import type { Address } from "./addresses.ts";
import { percentDecoded } from "./encodings.ts";
import { asciiHost, hostEnd, hostStart, isHostUnit } from "./hosts.ts";

/** Where a URL in a text ends. */
const ends = /[\s<>"'`|^{}\\\u0000-\u001f]/g;

const longestUrl = 4_096;

/** URLs with a scheme (RFC 3986 §3), references without one (`//host/path`), and shares of a Windows network (`\\\\host\\share`). */
export function urlsIn(text: string, found: Address[]): void {
  for (const slashes of ["//", "\\\\"])
    for (let at = text.indexOf(slashes); at >= 0; ) {
      const url = urlAround(text, at);
      if (url !== null) found.push(url);
      at = text.indexOf(slashes, Math.max(url?.end ?? 0, at + 2));
    }
}

function urlAround(text: string, slashes: number): Address | null {
  const start = schemeStart(text, slashes);
  // In a path or a comment two slashes begin nothing.
  const before = start === 0 ? " " : text.charAt(start - 1);
  if (start === slashes && before > " " && !"\"'(<[=,;:".includes(before)) return null;
  return urlAt(text, start, slashes + 2, urlEnd(text, slashes + 2));
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
  const rest = withoutEnd(text.slice(authority, limit));
  const end = authority + rest.length;
  const path = /[/?#]/.exec(rest)?.index ?? rest.length;
  const host = hostOf(rest.slice(0, path));
  if (host === null) return null;
  return { kind: "url", start, end, normal: normalUrl(host, rest.slice(path)), host: host.name };
}

/** Without the punctuation after a URL, and closing brackets if nothing in it opens one. */
function withoutEnd(url: string): string {
  const [round, square] = [url.includes("("), url.includes("[")];
  let end = url.length;
  for (; end > 0; end -= 1) {
    const sign = url.charAt(end - 1);
    if (!".,;:!?*_~".includes(sign) && (sign !== ")" || round) && (sign !== "]" || square)) break;
  }
  return url.slice(0, end);
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
