import ipaddr from "ipaddr.js";
import type { UrlFact } from "../domain/facts.ts";
import type { JsonValue } from "../domain/json.ts";

/** With any scheme `://`; with the special ones (WHATWG URL) `https:/x` and `https:x` mean a host as well. */
const absolute = /(?:https?|wss?|ftp):|[a-z][a-z0-9+.-]*:\/\//i;

/** More URLs than this in one call are summed up by one entry that no allow-list can contain. */
const most = 100;

/** Every absolute URL in the arguments, parsed once by the WHATWG rules, so that rules need not parse text. */
export function urlFacts(value: JsonValue): UrlFact[] {
  return holdsColon(value) ? found(value, "", []) : [];
}

/** Most arguments have no colon at all, and then no pointer has to be spelled. */
function holdsColon(value: JsonValue): boolean {
  if (typeof value === "string") return value.includes(":");
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some(holdsColon);
}

function found(value: JsonValue, pointer: string, urls: UrlFact[]): UrlFact[] {
  if (typeof value === "string") {
    if (value.includes(":") && absolute.test(value)) addUrls(value, pointer, urls);
  } else if (Array.isArray(value)) {
    value.forEach((item: JsonValue, index) => found(item, `${pointer}/${index}`, urls));
  } else if (typeof value === "object" && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      found(item, `${pointer}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`, urls);
    }
  }
  return urls;
}

function addUrls(text: string, pointer: string, found: UrlFact[]): void {
  for (const word of text.split(/[\s<>"']+/)) {
    if (!absolute.test(word)) continue;
    if (found.length > most) return;
    found.push(found.length === most ? unreadable(pointer) : urlFact(word, pointer));
  }
}

function unreadable(pointer: string): UrlFact {
  return { pointer, scheme: "", host: "", ip_class: null, port: null };
}

/** A URL that cannot be parsed keeps its pointer and has an empty host, which no allow-list names. */
function urlFact(word: string, pointer: string): UrlFact {
  const url = URL.parse(word.slice(Math.max(0, word.search(absolute))));
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
