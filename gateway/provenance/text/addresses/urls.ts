import type { Address } from "./address.ts";
import { percentDecoded } from "../encodings.ts";
import { asciiHost, hostEnd, hostStart, isHostUnit } from "./hosts.ts";

/** ASCII units at which a URL in a text ends. */
const ends = Uint8Array.from({ length: 0x80 }, (_, unit) =>
  unit <= 0x20 || "<>\"'`|^{}\\\u007f".includes(String.fromCharCode(unit)) ? 1 : 0,
);

const longestUrl = 4_096;
/** User, password, host and port. */
const longestAuthority = 400;

/** Of the schemes after which browsers take one slash, or three, or backslashes, for two (WHATWG URL §4.4). */
const special = /(?<![a-z0-9+.-])(?:https?|wss?|ftp):[/\\]+/gi;

/** Most texts have none: other slashes than two alike. */
const oddSlashes = /:(?:\/(?!\/)|\\(?!\\)|\/{3}|\\{3})/;

/** URLs with a scheme (RFC 3986 §3), references without one (`//host/path`), and shares of a Windows network (`\\\\host\\share`). */
export function urlsIn(text: string, found: Address[]): void {
  oddUrlsIn(text, found);
  for (const slashes of ["//", "\\\\"])
    for (let at = text.indexOf(slashes); at >= 0;) {
      const url = urlAround(text, at);
      if (url !== null) found.push(url);
      at = text.indexOf(slashes, Math.max(url?.end ?? 0, at + 2));
    }
}

function oddUrlsIn(text: string, found: Address[]): void {
  if (!oddSlashes.test(text)) return;
  let last = 0;
  for (const { 0: begin, index } of text.matchAll(special)) {
    if (index < last || !oddSlashes.test(begin)) continue;
    const url = urlAt(text, index, index + begin.length, isWithDot);
    if (url === null) continue;
    found.push(url);
    last = url.end;
  }
}

function urlAround(text: string, slashes: number): Address | null {
  const start = schemeStart(text, slashes);
  // In a path or a comment two slashes begin nothing.
  const before = start === 0 ? " " : text.charAt(start - 1);
  if (start === slashes && before > " " && !"\"'(<[=,;:".includes(before)) return null;
  return urlAt(text, start, slashes + 2);
}

function schemeStart(text: string, slashes: number): number {
  if (text.charCodeAt(slashes - 1) !== 0x3a) return slashes;
  let first = slashes;
  for (let at = slashes - 2; at >= 0 && at > slashes - 33; at -= 1) {
    const lower = text.charCodeAt(at) | 0x20;
    if (lower >= 0x61 && lower <= 0x7a) first = at;
    else if (!"0123456789+-.".includes(text.charAt(at))) break;
  }
  return first;
}

function urlEnd(text: string, from: number): number {
  const limit = Math.min(text.length, from + longestUrl);
  let at = from;
  while (at < limit && !endsAt(text, at)) at += 1;
  return at;
}

function endsAt(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit < 0x80 ? ends[unit] === 1 : unit === 0xa0 || unit === 0x2028 || unit === 0x3000;
}

const isAny = (_host: string): boolean => true;
const isWithDot = (host: string): boolean => host.includes(".");

/** A URL whose authority begins at `authority`; null when it has no host, or none of which `counts` holds. */
function urlAt(text: string, start: number, authority: number, counts = isAny): Address | null {
  // Before the rest is searched: most of what looks like a beginning is none.
  let path = authority;
  while (path < text.length && !isPathSign(text.charCodeAt(path)) && !endsAt(text, path)) {
    if (path - authority > longestAuthority) return null;
    path += 1;
  }
  const hasPath = path < text.length && isPathSign(text.charCodeAt(path));
  const ending = hasPath ? path : withoutEnd(text, authority, path);
  const host = hostOf(text.slice(authority, ending));
  // Before the path is read: a text may have a thousand such beginnings.
  if (host === null || !counts(host.name)) return null;
  const end = hasPath ? withoutEnd(text, authority, urlEnd(text, path)) : ending;
  return { kind: "url", start, end, normal: normalUrl(host, text.slice(ending, end)), host: host.name };
}

/** / ? # */
function isPathSign(unit: number): boolean {
  return unit === 0x2f || unit === 0x3f || unit === 0x23;
}

/** Without the punctuation after a URL, and without closing brackets that nothing in it opens. */
function withoutEnd(text: string, from: number, to: number): number {
  let surplus: number | null = null;
  for (let end = to; end > from; end -= 1) {
    const sign = text.charAt(end - 1);
    if (sign === ")") {
      surplus ??= surplusOf(text.slice(from, to));
      if (surplus <= 0) return end;
      surplus -= 1;
    } else if (!".,;:!?*_~".includes(sign) && (sign !== "]" || text.slice(from, to).includes("["))) return end;
  }
  return from;
}

function surplusOf(url: string): number {
  return url.split(")").length - url.split("(").length;
}

interface Host {
  readonly name: string;
  /** With its colon; empty for the usual one. */
  readonly port: string;
}

function hostOf(authority: string): Host | null {
  if (authority !== "" && hostEnd(authority, 0) === authority.length) return namedHost(authority, "");
  const place = authority.slice(authority.lastIndexOf("@") + 1);
  const parts = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::(\d*))?$/i.exec(place);
  const written = parts?.[1];
  if (written === undefined) return null;
  const port = parts?.[2] ?? "";
  const isUsual = port === "" || port === "80" || port === "443";
  return namedHost(percentDecoded(written).replace(/\.$/, ""), isUsual ? "" : `:${port}`);
}

function namedHost(written: string, port: string): Host | null {
  const host = asciiHost(written);
  if (host === null || !/[a-z0-9]/.test(host)) return null;
  return { name: host.startsWith("www.") ? host.slice(4) : host, port };
}

/** Without scheme, user, `www.`, fragment and slashes at the end; escapes that need not be are undone. */
function normalUrl({ name, port }: Host, rest: string): string {
  if (rest === "") return port === "" ? name : `${name}${port}`;
  const fragment = rest.indexOf("#");
  const tail = percentDecoded(fragment < 0 ? rest : rest.slice(0, fragment));
  let end = tail.length;
  while (end > 0 && isPathSign(tail.charCodeAt(end - 1))) end -= 1;
  return `${name}${port}${tail.slice(0, end).toLowerCase()}`;
}

/** Endings that name a kind of file more often than a host. */
const fileEnding =
  /^(?:png|jpe?g|gif|webp|svg|ico|bmp|css|scss|jsx?|mjs|cjs|tsx?|json|jsonl|ya?ml|toml|html?|xml|txt|md|rst|pdf|docx?|xlsx?|pptx?|odt|ods|csv|tsv|gz|tgz|zip|tar|rar|7z|exe|dll|so|py|rb|rs|go|java|kt|php|pl|sh|bash|ps1|sql|db|log|map|min|lock|cfg|conf|ini|env|local|bak|tmp|eml|ics|vcf|mp3|mp4|mov|wav|rego|c|h|cpp|hpp)$/;

const none: readonly Address[] = [];

/** Hosts without a scheme, with the path after them. */
export function hostsIn(text: string, found: Address[]): void {
  const taken = found.length === 0 ? none : found.toSorted((one, other) => one.start - other.start);
  let next = 0;
  let last = 0;
  for (let dot = text.indexOf(".", 1); dot > 0; dot = text.indexOf(".", Math.max(dot + 1, last))) {
    while (next < taken.length && (taken[next]?.end ?? 0) <= dot) next += 1;
    const other = taken[next];
    if (other !== undefined && other.start <= dot) {
      last = other.end;
      continue;
    }
    const after = text.charCodeAt(dot + 1);
    if (!isHostUnit(text.charCodeAt(dot - 1)) || !isHostUnit(after) || after === 0x2e) continue;
    const start = hostStart(text, dot);
    const host = hostEnd(text, dot);
    const url = isHostAt(text, start, host) ? urlAt(text, start, start) : null;
    last = url?.end ?? host;
    if (url !== null) found.push(url);
  }
}

/**
 * A name with a top level that can be one, or an address of IPv4; no part of a path, a file's name, a version or of code, which has
 * names like `line.price` too. A whole text, or what has a path after it, needs no well-known top level.
 */
function isHostAt(text: string, start: number, end: number): boolean {
  if (start > 0 && "/\\@_%~$".includes(text.charAt(start - 1))) return false;
  const after = text.charAt(end);
  if ("@_([=".includes(after) && after !== "") return false;
  const written = text.slice(start, end);
  if (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(written)) return true;
  const top = written.slice(written.lastIndexOf(".") + 1).toLowerCase();
  if (!/^(?:\p{L}{2,24}|xn--[a-z0-9-]{2,59})$/u.test(top)) return false;
  if (after === "/" || (after === ":" && /\d/.test(text.charAt(end + 1)))) return true;
  if (fileEnding.test(top) || /[a-z][A-Z]/.test(written)) return false;
  if (isAlone(text, start, end) || /^www\./i.test(written)) return true;
  if (!isKnownTop(top)) return false;
  // Modules end like countries, `numpy.ma`, and hardly ever like the well-known top levels.
  return top.length > 2 || !isImported(text, start, end);
}

function isKnownTop(top: string): boolean {
  return top.length === 2 ? !codeEndings.has(top) : wellKnown.has(top) || top.startsWith("xn--");
}

/** `import numpy.ma as ma` and `from numpy.ma import masked`, as a line of their own. */
function isImported(text: string, start: number, end: number): boolean {
  const [, word] = /(?:^|[\n;])[ \t]*(import|from)[ \t]+$/.exec(text.slice(Math.max(0, start - 40), start)) ?? [];
  if (word === undefined) return false;
  const after = text.slice(end, end + 40);
  return word === "from"
    ? /^[ \t]+import[ \t]/.test(after)
    : /^[ \t]*(?:[\n;]|$|as[ \t]+\w+[ \t]*(?:[\n;]|$))/.test(after);
}

/**
 * Whether an address that was found in a key of JSON is the name of a field, as records of logs have them (`service.name`, `user.id`):
 * a host without a scheme or a path, alone in the key, that would be none in running text.
 */
export function isFieldName(text: string, { kind, start, end }: Address): boolean {
  if (kind !== "url" || !isAlone(text, start, end)) return false;
  const written = text.slice(start, end);
  if (!/^[\p{L}\p{N}.-]+\p{L}$/u.test(written) || /^www\./i.test(written)) return false;
  const top = written.slice(written.lastIndexOf(".") + 1).toLowerCase();
  return fieldEndings.has(top) || !isKnownTop(top);
}

/** Nothing but blanks and quotation marks stands around it. */
function isAlone(text: string, start: number, end: number): boolean {
  return (
    start < 8 &&
    text.length - end < 8 &&
    /^[\s"'<([]*$/.test(text.slice(0, start)) &&
    /^[\s"'>)\].,;]*$/.test(text.slice(end))
  );
}

/** Countries' top levels that name members in code more often, `user.id`, and what names members and is no country's. */
const codeEndings: ReadonlySet<string> = new Set(["id", "is", "as", "do", "ip", "os", "ui", "en", "kb", "px"]);

/** Top levels that name a field more often, where they stand alone as a key: `user.email`, `latency.ms`. */
const fieldEndings: ReadonlySet<string> = new Set(["email", "ms"]);

/** Top levels with more than two letters under which hosts are named without a scheme: those in use, and reserved ones (RFC 2606). */
const wellKnown: ReadonlySet<string> = new Set(
  [
    "com net org edu gov mil int info biz pro mobi tel travel jobs coop aero museum post cat asia example test invalid",
    "xyz online site website space store shop tech club live life world today news blog cloud app dev click agency digital media",
    "network systems solutions services global finance money bank loan loans capital legal law health care photos games city town",
    "berlin london paris nyc tokyo hamburg wien koeln bio farm coffee wine beer kitchen house land estate auction deals bid market",
    "reviews vip icu cyou buzz rest bond sbs cfd quest fun monster hosting press rocks guru ninja wiki email company gmbh academy",
    "school university institute foundation charity church expert consulting insurance tax clinic dental delivery direct express",
  ].flatMap((line) => line.split(" ")),
);

/** Whether a name ends as files do. */
export function isFileName(name: string): boolean {
  const dot = name.lastIndexOf(".");
  return dot > 0 && fileEnding.test(name.slice(dot + 1).toLowerCase());
}
