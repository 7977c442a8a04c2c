import { Refusal } from "../domain/errors.ts";
import { isOfMcp, isStripped, operationUse } from "../domain/header-names.ts";
import type { Pairs } from "../domain/tool-call.ts";

export interface RequestHeaders {
  /** The one value of a header that may appear once; null when absent. Lower-case name. */
  one(name: string): string | null;
  /** All values of a list header, joined by commas; null when absent. */
  list(name: string): string | null;
  /** The headers that are forwarded on every route, in order; names in lower case. */
  readonly endToEnd: Pairs;
  /** Those that say which operation is executed, or in which account: forwarded where the route names them. */
  readonly operation: Pairs;
}

// Visible ASCII and space. Tab, Latin-1 and controls are legal or tolerated in places, and read differently.
const plainValue = /^[\x20-\x7e]*$/;
const tokenName = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Size of the cache of header rules; the rules of a name never change, so nothing invalidates an entry. */
const RULES_KEPT = 1_000;

interface NameRule {
  readonly name: string;
  readonly single: boolean;
  readonly stripped: boolean;
  readonly operation: boolean;
}

/** @throws Refusal header_refused */
export type HeaderReader = (raw: readonly string[]) => RequestHeaders;

/** Reads Node's raw header list, never its joined object, which hides duplicates and drops `__proto__`. */
export function headerReader(): HeaderReader {
  const rules = new Map<string, NameRule>();
  return (raw) => readHeaders(raw, rules);
}

function readHeaders(raw: readonly string[], rules: Map<string, NameRule>): RequestHeaders {
  const values = new Map<string, string>();
  const candidates: [string, string][] = [];
  const operation: [string, string][] = [];
  for (let at = 0; at < raw.length; at += 2) {
    const rule = ruleOf(raw[at] as string, rules);
    const value = raw[at + 1] as string;
    if (!plainValue.test(value)) refuse(rule.name, "has a character outside visible ASCII");
    const before = values.get(rule.name);
    if (before !== undefined && rule.single) refuse(rule.name, "is given twice");
    values.set(rule.name, before === undefined ? value : `${before}, ${value}`);
    if (!rule.stripped) (rule.operation ? operation : candidates).push([rule.name, value]);
  }
  const get = (name: string): string | null => values.get(name) ?? null;
  const listed = listedIn(get("connection"));
  return { one: get, list: get, endToEnd: without(candidates, listed), operation: without(operation, listed) };
}

function ruleOf(raw: string, rules: Map<string, NameRule>): NameRule {
  const known = rules.get(raw);
  if (known !== undefined) return known;
  if (!tokenName.test(raw)) throw new Refusal("header_refused", { hint: "a header name is not a token" });
  const name = raw.toLowerCase();
  const rule = {
    name,
    single: singleHeaders.has(name) || singlePrefixes.some((prefix) => name.startsWith(prefix)),
    // CGI-like upstreams read an underscore as a dash, so such a name could imitate a header that the gateway sets.
    stripped: name.includes("_") || isStripped(name),
    operation: operationUse(name) !== null,
  };
  if (rules.size < RULES_KEPT) rules.set(raw, rule);
  return rule;
}

/** What the Connection header names, which is dropped (RFC 9110 §7.6.1). */
function listedIn(connection: string | null): ReadonlySet<string> {
  if (connection === null || /^(?:keep-alive|close)$/i.test(connection)) return none;
  const listed = new Set(
    connection
      .toLowerCase()
      .split(",")
      .map((name) => name.trim()),
  );
  for (const name of listed)
    if (keptFromConnection.has(name) || isOfMcp(name)) refuse("connection", `must not name ${name}`);
  return listed;
}

const none: ReadonlySet<string> = new Set();

function without(headers: Pairs, listed: ReadonlySet<string>): Pairs {
  return listed.size === 0 ? headers : headers.filter(([name]) => !listed.has(name));
}

function refuse(name: string, what: string): never {
  throw new Refusal("header_refused", { hint: `${name} ${what}` });
}

/** May appear once: two values are two readings (RFC 9110 §5.3 lets only lists be repeated). */
const singleHeaders: ReadonlySet<string> = new Set([
  ..."host authorization content-type content-length transfer-encoding content-encoding content-location".split(" "),
  ..."content-language content-md5 content-digest cookie date dpop expect from idempotency-key last-event-id".split(
    " ",
  ),
  ..."if-modified-since if-range if-unmodified-since max-forwards origin proxy-authorization range referer".split(" "),
  ..."traceparent upgrade user-agent x-api-key x-request-id mcp-protocol-version mcp-session-id mcp-method".split(" "),
  ..."mcp-name sallyport-intent sallyport-session sallyport-approval http2-settings".split(" "),
]);
const singlePrefixes: readonly string[] = ["mcp-param-"];

/** The Connection header cannot remove these: the gateway sets them, or they are part of the meaning of the call. */
const keptFromConnection: ReadonlySet<string> = new Set(["accept", "content-type", "idempotency-key", "last-event-id"]);

/** How long the body is: bytes, "chunked" until its last chunk, or 0 for none. */
export type BodyLength = number | "chunked";

const bodiless: ReadonlySet<string> = new Set(["GET", "HEAD", "DELETE", "OPTIONS"]);

/**
 * The length of the body (RFC 9112 §6.3). Node's parser refuses plain contradictions itself; what it accepts (`,chunked`,
 * `gzip, chunked`, HTTP/1.0 with chunked, odd Expect values, upgrades as ordinary requests) is refused here.
 * @throws Refusal framing_ambiguous, upgrade_refused, header_refused, body_refused, method_refused
 */
export function readFraming(method: string, httpVersion: string, headers: RequestHeaders): BodyLength {
  if (method === "CONNECT" || method === "TRACE") throw new Refusal("method_refused", { hint: method });
  refuseUpgrade(headers);
  const expect = headers.one("expect");
  if (expect !== null && expect !== "100-continue")
    throw new Refusal("header_refused", { hint: "expect is not 100-continue" });
  if (headers.list("trailer") !== null) ambiguous("trailers");
  const length = declaredLength(headers);
  if (length === 0) return 0;
  if (httpVersion !== "1.1") ambiguous(`a body in HTTP/${httpVersion}`);
  if (bodiless.has(method)) throw new Refusal("body_refused", { hint: method });
  return length;
}

/**
 * An upgrade to h2c alone is ignored (RFC 9110 §7.8): Java's client sends one with its first request to any plain-text
 * address, and goes on in HTTP/1.1. Its headers are not forwarded.
 */
function refuseUpgrade(headers: RequestHeaders): void {
  const upgrade = headers.one("upgrade");
  if (upgrade?.toLowerCase() === "h2c") return;
  const connection = headers.list("connection") ?? "";
  if (upgrade !== null || headers.one("http2-settings") !== null || /upgrade|http2-settings/i.test(connection)) {
    throw new Refusal("upgrade_refused");
  }
}

function declaredLength(headers: RequestHeaders): BodyLength {
  const length = headers.one("content-length");
  const coding = headers.one("transfer-encoding");
  if (length !== null && coding !== null) ambiguous("Content-Length beside Transfer-Encoding");
  if (coding !== null) {
    if (coding !== "chunked") ambiguous("Transfer-Encoding is not exactly chunked");
    return "chunked";
  }
  if (length === null) return 0;
  if (!/^(?:0|[1-9][0-9]{0,14})$/.test(length)) ambiguous("Content-Length is not a plain number");
  return Number(length);
}

function ambiguous(hint: string): never {
  throw new Refusal("framing_ambiguous", { hint });
}
