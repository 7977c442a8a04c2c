import ipaddr from "ipaddr.js";
import type { UrlFact } from "../domain/facts.ts";
import { argumentsKnown } from "../domain/arguments-read.ts";
import type { ToolCall } from "../domain/tool-call.ts";
import { endsAsHost } from "../lib/host-end.ts";
import { type JsonObject, type JsonValue, escapedStep } from "../lib/json.ts";

/** With any scheme `://`; with these special ones (WHATWG URL) `https:/x` and `https:x` mean a host as well. */
const special = /(?:https?|wss?|ftp)$/i;
const longestSpecial = 5;

/** More URLs than this in one call are summed up by one entry that no allow-list can contain. */
const most = 100;

/**
 * Every absolute URL in the arguments, parsed once by the WHATWG rules, so that rules need not parse text.
 */
export function urlFacts(call: Pick<ToolCall, "arguments" | "argumentsRead">): UrlFact[] {
  if (argumentsKnown(call)?.noUrl === true) return [];
  return holdsColon(call.arguments) ? found(call.arguments, "", []) : [];
}

/** Most arguments have no colon at all, and then no pointer has to be spelled. */
function holdsColon(value: JsonValue): boolean {
  if (typeof value === "string") return value.includes(":");
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.some(holdsColon);
  const object = value as JsonObject;
  for (const key in object) if (key.includes(":") || holdsColon(object[key] as JsonValue)) return true;
  return false;
}

function found(value: JsonValue, pointer: string, urls: UrlFact[]): UrlFact[] {
  if (typeof value === "string") {
    if (value.includes(":")) addUrls(value, pointer, urls);
  } else if (Array.isArray(value)) {
    value.forEach((item: JsonValue, index) => found(item, `${pointer}/${index}`, urls));
  } else if (typeof value === "object" && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      const inner = `${pointer}/${escapedStep(key)}`;
      // What is sent on as a list of links may have them as keys.
      if (key.includes(":")) addUrls(key, inner, urls);
      found(item, inner, urls);
    }
  }
  return urls;
}

function addUrls(text: string, pointer: string, found: UrlFact[]): void {
  const before = found.length;
  for (const url of text.split(/[\s<>"']+/).flatMap(urlsIn)) {
    if (found.length > most) return;
    found.push(found.length === most ? unreadable(pointer) : urlFact(url, pointer));
  }
  const whole = found.length > most ? null : asOneUrl(text, pointer);
  if (whole === null) return;
  if (found.slice(before).some(({ host, port }) => host === whole.host && port === whole.port)) return;
  found.push(found.length === most ? unreadable(pointer) : whole);
}

/**
 * Whoever takes the whole text for one URL leaves line ends and tabs out (WHATWG URL), and takes quotes and blanks before an `@` for a name:
 * the host is another one than where the text is taken apart.
 */
function asOneUrl(text: string, pointer: string): UrlFact | null {
  const [begin, scheme, authority] = parts.exec(text) ?? [];
  if (begin === undefined || scheme === undefined || authority === undefined) return null;
  const reads = readsOtherwise(scheme, authority.trimEnd(), text.slice(begin.length).trimEnd());
  if (!reads && !/[\t\n\r]/.test(authority.trimEnd())) return null;
  const fact = urlFact(text, pointer);
  // Lines of a list or of prose make no address and no name of this machine.
  if (fact.ip_class !== null || isThisMachine.test(fact.host)) return fact;
  return reads && endsAsHost(fact.host) ? fact : null;
}

const isThisMachine = /^(?:.*\.)?localhost\.?$/;

/** Scheme, and all up to the path. */
const parts = /^[\0- ]*([a-z][a-z0-9+.\t\n\r-]{0,40}):[\\/\t\n\r]*([^/\\?#]*)/i;

/** A text that begins with a URL and goes on in the next line is seldom one: only where that line can be the rest of a host or a port. */
function readsOtherwise(scheme: string, authority: string, rest: string): boolean {
  if (/[\t\n\r]/.test(scheme)) return /^(?:https?|wss?|ftp)$/i.test(scheme.replace(/[\t\n\r]/g, ""));
  if (authority.includes("@")) return /[\s<>"']/.test(authority);
  // A byte order mark parts words, and a URL parser leaves it out.
  if (/["'\ufeff]/.test(authority)) return true;
  const [, ...lines] = authority.split(/[\t\n\r]+/);
  if (lines.length === 0) return false;
  if (lines.some((line) => /^[:.%\u3002\uff0e\uff61]/.test(line)) || /:[\t\n\r]+\d/.test(authority)) return true;
  // A word that ends the text, or a scheme, is the next line of a list or of prose.
  return dotted.test(lines.join("")) || (/^[^\s?#]+(?:[?#]|$)|^[?#]\S*$/.test(rest) && !authority.endsWith(":"));
}

/** A dot within, also as it is spelt in percent or in other scripts. */
const dotted = /[^.][.%\u3002\uff0e\uff61][^.]/;

/** `https://a.example/)![](https://b.example/` is one word, and more than one URL to whoever reads it as Markdown or as a list. */
function urlsIn(word: string): string[] {
  const begins = beginsOf(word);
  return begins.map((begin, at) => word.slice(begin, at === 0 ? undefined : begins[at + 1]));
}

/** From colon to colon, each letter looked at once: a pattern that searches for schemes takes time by the square of the text. */
function beginsOf(word: string): number[] {
  const begins: number[] = [];
  let after = 0;
  for (let colon = word.indexOf(":"); colon !== -1; colon = word.indexOf(":", after)) {
    const begin = word.startsWith("//", colon + 1)
      ? schemeBefore(word, after, colon)
      : specialBefore(word, after, colon);
    if (begin !== null) begins.push(begin);
    after = colon + 1;
  }
  return begins;
}

/** RFC 3986 §3.1: a letter, then letters, digits, plus, dot and minus. */
function schemeBefore(word: string, from: number, colon: number): number | null {
  let begin: number | null = null;
  for (let at = colon - 1; at >= from && /[a-z0-9+.-]/i.test(word.charAt(at)); at--)
    if (/[a-z]/i.test(word.charAt(at))) begin = at;
  return begin;
}

function specialBefore(word: string, from: number, colon: number): number | null {
  const scheme = special.exec(word.slice(Math.max(from, colon - longestSpecial), colon))?.[0];
  return scheme === undefined ? null : colon - scheme.length;
}

function unreadable(pointer: string): UrlFact {
  return { pointer, scheme: "", host: "", ip_class: null, port: null };
}

/** A URL that cannot be parsed keeps its pointer and has an empty host, which no allow-list names. */
function urlFact(text: string, pointer: string): UrlFact {
  const url = URL.parse(text);
  if (url === null) return unreadable(pointer);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const ip_class = ipaddr.isValid(host) ? ipaddr.process(host).range() : null;
  return {
    pointer,
    scheme: url.protocol.slice(0, -1),
    host,
    ip_class,
    port: url.port === "" ? null : Number(url.port),
  };
}
