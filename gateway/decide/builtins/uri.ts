import { isIPv6 } from "node:net";

import { RegoObject, bytesOf } from "../value.ts";
import { queryUnescape } from "./encoding.ts";
import { quote } from "./go/quote.ts";
import { chargeText, stringAt } from "./operands.ts";
import type { Builtin } from "./types.ts";
import { BuiltinError } from "./types.ts";

/** URLs as Go's net/url reads them, which is not how WHATWG's URL does (https://pkg.go.dev/net/url#Parse). */
interface ParsedUri {
  readonly scheme: string;
  readonly host: string;
  readonly path: string;
  readonly rawPath: string;
  /** As it was written, where that is a valid escaping of the path; Go's default escaping otherwise. */
  readonly escapedPath: string;
  readonly rawQuery: string;
  readonly fragment: string;
}

function invalid(what: string): BuiltinError {
  return new BuiltinError(`parse: ${what}`);
}

function cut(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

function unescape(text: string): string {
  return text.includes("%") ? queryUnescape(text.replaceAll("+", "%2B")) : text;
}

/** @throws BuiltinError */
export function parseUri(text: string): ParsedUri {
  const [reference, fragment] = cut(text, "#");
  if (/[\x00-\x1f\x7f]/.test(reference)) throw invalid("invalid control character in URL");
  const parsed = parseReference(reference);
  return { ...parsed, fragment: unescape(fragment) };
}

const VALID_ESCAPING = /^(?:[A-Za-z0-9\-_.~$&+,/:;=@!'()*[\]]|%[0-9a-fA-F]{2})*$/;

function parseReference(reference: string): ParsedUri {
  const empty = { scheme: "", host: "", path: "", rawPath: "", escapedPath: "", rawQuery: "", fragment: "" };
  if (reference === "*") return { ...empty, path: "*", rawPath: "*", escapedPath: "*" };
  if (reference.startsWith(":")) throw invalid("missing protocol scheme");
  const named = /^([A-Za-z][A-Za-z0-9+.-]*):(.*)$/su.exec(reference);
  const scheme = (named?.[1] ?? "").toLowerCase();
  const [hierarchy, rawQuery] = cut(named?.[2] ?? reference, "?");
  if (!hierarchy.startsWith("/")) {
    if (scheme !== "") return { ...empty, scheme, rawQuery };
    if (cut(hierarchy, "/")[0].includes(":")) throw invalid("first path segment in URL cannot contain colon");
  }
  let rest = hierarchy;
  let host = "";
  if (rest.startsWith("//") && (scheme !== "" || !rest.startsWith("///"))) {
    const slash = rest.indexOf("/", 2);
    const authority = slash < 0 ? rest.slice(2) : rest.slice(2, slash);
    rest = slash < 0 ? "" : rest.slice(slash);
    host = parseAuthority(scheme, authority);
  }
  const path = unescape(rest);
  const escaped = escapePath(path);
  const rawPath = escaped === rest ? path : rest;
  return { ...empty, scheme, host, path, rawPath, escapedPath: VALID_ESCAPING.test(rest) ? rest : escaped, rawQuery };
}

/** Go's default escaping of a path; a path that is written so has no raw form of its own. */
function escapePath(path: string): string {
  let output = "";
  for (const byte of bytesOf(path)) {
    const character = String.fromCharCode(byte);
    output += /[A-Za-z0-9\-_.~$&+,/:;=@]/.test(character)
      ? character
      : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return output;
}

function parseAuthority(scheme: string, authority: string): string {
  const at = authority.lastIndexOf("@");
  const host = parseHost(scheme, authority.slice(at + 1));
  const user = at < 0 ? "" : authority.slice(0, at);
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(user)) throw invalid("invalid userinfo");
  unescape(user);
  return host;
}

function parseHost(scheme: string, host: string): string {
  const bracket = host.lastIndexOf("[");
  if (bracket > 0) throw invalid("invalid IP-literal");
  if (bracket === 0) return parseIpLiteral(host);
  const first = host.indexOf(":");
  if (first >= 0) {
    // Only http and https are strict about more than one colon; databases list several hosts.
    const colon = scheme === "http" || scheme === "https" ? first : host.lastIndexOf(":");
    checkPort(host.slice(colon));
  }
  return unescapeHost(host);
}

function parseIpLiteral(host: string): string {
  const close = host.lastIndexOf("]");
  if (close < 0) throw invalid("missing ']' in host");
  checkPort(host.slice(close + 1));
  const literal = host.slice(1, close);
  const zone = literal.indexOf("%25");
  const address = unescapeHost(zone < 0 ? literal : literal.slice(0, zone));
  if (!isIPv6(address) || address.includes("%")) throw invalid("invalid host");
  const scope = zone < 0 ? "" : unescapeZone(literal.slice(zone));
  if (scope === "%") throw invalid("invalid host: empty zone");
  return `[${address}${scope}]${host.slice(close + 1)}`;
}

function checkPort(text: string): void {
  if (text !== "" && !/^:\d*$/.test(text)) throw invalid(`invalid port ${JSON.stringify(text)} after host`);
}

const HOST = /^(?:[A-Za-z0-9\-._~!$&'()*+,;=:[\]<>"]|[^\x00-\x7f]|%(?:25|[89a-fA-F][0-9a-fA-F]))*$/;
const ZONE = /^(?:[A-Za-z0-9\-._~!$&'()*+,;=:[\]<>"]|[^\x00-\x7f]|%[0-9a-fA-F]{2})*$/;

function unescapeHost(host: string): string {
  if (!HOST.test(host)) throw invalid("invalid character in host name");
  return unescape(host);
}

function unescapeZone(zone: string): string {
  if (!ZONE.test(zone)) throw invalid("invalid character in host name");
  return unescape(zone);
}

function hostnameAndPort(host: string): [string, string] {
  const colon = host.lastIndexOf(":");
  const hasPort = colon >= 0 && /^:\d*$/.test(host.slice(colon));
  const name = hasPort ? host.slice(0, colon) : host;
  const bare = name.startsWith("[") && name.endsWith("]") ? name.slice(1, -1) : name;
  return [bare, hasPort ? host.slice(colon + 1) : ""];
}

const parse: Builtin = (context, value) => {
  const text = stringAt(1, value);
  chargeText(context, text.length * 16);
  const uri = parseUri(text);
  const [hostname, port] = hostnameAndPort(uri.host);
  const members = {
    scheme: uri.scheme,
    hostname,
    port,
    path: uri.path,
    raw_path: uri.path === "" ? "" : uri.rawPath,
    raw_query: uri.rawQuery,
    fragment: uri.fragment,
  };
  return RegoObject.from(Object.entries(members).filter(([, member]) => member !== ""));
};

const isValid: Builtin = (context, value) => {
  if (typeof value !== "string" || value === "") return false;
  chargeText(context, value.length * 16);
  try {
    parseUri(value);
    return true;
  } catch (error) {
    if (error instanceof BuiltinError) return false;
    throw error;
  }
};

/** @throws BuiltinError in the words of Go's url.Parse */
export function checkUrl(url = ""): void {
  try {
    parseUri(url);
  } catch (error) {
    if (!(error instanceof BuiltinError)) throw error;
    throw new BuiltinError(`parse ${quote(url)}: ${error.message.replace(/^parse: /, "")}`);
  }
}

export const uri: Readonly<Record<string, Builtin>> = { "uri.parse": parse, "uri.is_valid": isValid };
