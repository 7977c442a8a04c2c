import { Refusal } from "../domain/errors.ts";

export interface RequestHeaders {
  /** The one value of a header that may appear once; null when absent. Lower-case name. */
  one(name: string): string | null;
  /** All values of a list header, joined by commas; null when absent. */
  list(name: string): string | null;
  /** The headers that are forwarded, in order; names in lower case. */
  readonly endToEnd: readonly (readonly [string, string])[];
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
  for (let at = 0; at < raw.length; at += 2) {
    const rule = ruleOf(raw[at] as string, rules);
    const value = raw[at + 1] as string;
    if (!plainValue.test(value)) refuse(rule.name, "has a character outside visible ASCII");
    const before = values.get(rule.name);
    if (before !== undefined && rule.single) refuse(rule.name, "is given twice");
    values.set(rule.name, before === undefined ? value : `${before}, ${value}`);
    if (!rule.stripped) candidates.push([rule.name, value]);
  }
  const get = (name: string): string | null => values.get(name) ?? null;
  return { one: get, list: get, endToEnd: withoutListed(candidates, get("connection")) };
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
  };
  if (rules.size < RULES_KEPT) rules.set(raw, rule);
  return rule;
}

function isStripped(name: string): boolean {
  if (harmlessHeaders.has(name) || keptPrefixes.some((prefix) => name.startsWith(prefix))) return false;
  if (strippedHeaders.has(name)) return true;
  if ([...strippedPrefixes, ...strippedVendors].some((prefix) => name.startsWith(prefix))) return true;
  return name.split("-").some((word) => strippedWords.has(word));
}

/** Drops what the Connection header names (RFC 9110 §7.6.1). */
function withoutListed(headers: [string, string][], connection: string | null): [string, string][] {
  if (connection === null || /^(?:keep-alive|close)$/i.test(connection)) return headers;
  const listed = new Set(
    connection
      .toLowerCase()
      .split(",")
      .map((name) => name.trim()),
  );
  for (const name of listed) {
    if (keptFromConnection.has(name) || keptPrefixes.some((prefix) => name.startsWith(prefix))) {
      refuse("connection", `must not name ${name}`);
    }
  }
  return headers.filter(([name]) => !listed.has(name));
}

function refuse(name: string, what: string): never {
  throw new Refusal("header_refused", { hint: `${name} ${what}` });
}

// What a request header name means to the gateway. Names are lower case.
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

/** Never forwarded: the gateway reads these itself, sets its own, or an upstream must not trust them from a caller. */
const strippedHeaders: ReadonlySet<string> = new Set([
  // hop by hop (RFC 9110 §7.6.1), and what the upstream request gets of its own
  ..."connection keep-alive te trailer transfer-encoding upgrade http2-settings expect".split(" "),
  ..."content-length content-type content-encoding host accept-encoding via max-forwards alt-used".split(" "),
  // credentials, of whatever kind
  ..."authorization dpop cookie cookie2 x-api-key api-key apikey x-auth-token x-access-token x-authorization".split(
    " ",
  ),
  ..."x-amz-security-token x-csrf-token x-xsrf-token client-cert client-cert-chain signature signature-input".split(
    " ",
  ),
  // identity and address of the caller, as a proxy would set them
  ..."forwarded x-real-ip x-client-ip x-cluster-client-ip x-remote-ip x-remote-addr true-client-ip".split(" "),
  ..."cf-connecting-ip cf-connecting-ipv6 fastly-client-ip fly-client-ip x-azure-clientip x-appengine-user-ip".split(
    " ",
  ),
  ..."x-host x-url x-scheme x-proto x-port x-http-host-override front-end-https x-url-scheme".split(" "),
  ..."remote-user remote-groups remote-email remote-name x-user x-user-id x-username x-email x-groups x-roles".split(
    " ",
  ),
  ..."x-authenticated-user x-authenticated-userid x-webauth-user x-token-claims x-jwt-payload x-jwt-assertion".split(
    " ",
  ),
  ..."x-consumer-id x-consumer-username x-credential-identifier x-anonymous-consumer x-tenant-id x-scopes".split(" "),
  // another path or method than the one that was judged
  ..."x-http-method x-http-method-override x-method-override x-method x-rewrite-url x-override-url".split(" "),
  ..."x-request-uri request-uri x-original-url x-accel-redirect x-sendfile base-url http-url destination".split(" "),
  // trace context is continued by the gateway's own
  ..."traceparent tracestate baggage b3".split(" "),
]);
const strippedPrefixes: readonly string[] = [
  ..."x-forwarded- x-original- x-rewrite- x-sallyport- sallyport- surrogate- x-agent- x-envoy- x-auth-".split(" "),
  ..."x-remote- x-webauth- x-ssl- ssl- x-client- x-b3- x-mtls- x-spiffe- x-goog-iap- x-goog-authenticated-user-".split(
    " ",
  ),
  ..."x-amzn-oidc- x-ms-client-principal x-ms-token-".split(" "),
];

/**
 * A name with one of these words says who or where the caller is, or what is asked for, to some proxy, framework or
 * cloud. No list of such names can be complete, and no call depends on what an agent claims about itself in a header.
 */
const strippedWords: ReadonlySet<string> = new Set([
  ..."forward forwarded proxy ip ip4 ip6 ipv4 ipv6 clientip socketip addr address country visitor edgescape hop peer".split(
    " ",
  ),
  ..."user userid username users email group groups role roles scope scopes permissions admin superuser sudo".split(
    " ",
  ),
  ..."agent principal subject identity actor acting behalf impersonate tenant org account customer consumer credential".split(
    " ",
  ),
  ..."auth authenticated authenticate authorization jwt token accesstoken idtoken claims assertion secret".split(" "),
  ..."cert certificate clientcert dn svid spiffe mtls tls ssl https".split(" "),
  ..."original rewrite override replaced host url uri path scheme proto port method script".split(" "),
  ..."middleware subrequest invoke matched route decorator metadata internal cache trace traceid span spanid".split(
    " ",
  ),
]);
const strippedVendors: readonly string[] = [
  ..."cf- fastly- fly- akamai- x-akamai- incap- ali-cdn- tailscale- x-authentik- x-authelia- x-pomerium- x-hasura-".split(
    " ",
  ),
  ..."x-kubernetes- x-azure- x-appengine- x-vercel- x-nf- x-sucuri- x-datadog- uber-trace-".split(" "),
];

/** Contain one of these words and are harmless. */
const harmlessHeaders: ReadonlySet<string> = new Set(["user-agent", "cache-control"]);

/** The Connection header cannot remove these: the gateway sets them, or they are part of the meaning of the call. */
const keptFromConnection: ReadonlySet<string> = new Set(["accept", "content-type", "idempotency-key", "last-event-id"]);
const keptPrefixes: readonly string[] = ["mcp-"];

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
