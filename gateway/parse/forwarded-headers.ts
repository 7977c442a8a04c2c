import { Refusal } from "../domain/errors.ts";
import { choosesAccount, isNameable, operationUse } from "../domain/header-names.ts";
import type { Route } from "../domain/route.ts";
import type { Pairs } from "../domain/tool-call.ts";
import { Recent } from "../lib/caches.ts";
import type { RequestHeaders } from "./headers.ts";

/** The caller's headers that a route forwards. */
export interface ForwardedHeaders {
  readonly all: Pairs;
  /** Those of them that the route names, by name: policy sees them and the digest covers them. */
  readonly named: Pairs;
}

const nothing: Pairs = [];

/**
 * What of the caller's headers this route forwards. A header that says which operation is executed or in which account, and an API version in
 * `Accept`, is part of the call: where the route does not name it, policy would judge another call than the tool server
 * executes. Dropping it would do the same to the caller, so what cannot be left out is refused.
 * @throws Refusal header_refused
 */
export function forwardedHeaders(headers: RequestHeaders, { upstream }: Pick<Route, "upstream">): ForwardedHeaders {
  const { requestHeaders } = upstream;
  const operation = headers.operation.length === 0 ? nothing : namedOperations(headers.operation, requestHeaders);
  const accept = requestHeaders.has("accept") ? null : headers.list("accept");
  const rest = accept === null || isPlain(accept) ? headers.endToEnd : withoutVersions(headers.endToEnd);
  const all = operation.length === 0 ? rest : [...rest, ...operation];
  return { all, named: requestHeaders.size === 0 ? nothing : namedIn(all, requestHeaders) };
}

/** Whether a header of this name reaches the tool server as a caller sends it. */
export function isForwarded({ upstream }: Pick<Route, "upstream">, name: string): boolean {
  const lower = name.toLowerCase();
  if (!isNameable(lower) || lower.includes("_")) return false;
  return operationUse(lower) === null || upstream.requestHeaders.has(lower);
}

function namedOperations(headers: Pairs, named: ReadonlySet<string>): Pairs {
  return headers.filter(([name]) => {
    if (named.has(name)) return true;
    if (operationUse(name) === "drop") return false;
    const says = choosesAccount(name) ? "in which account or tenant it is executed" : "what is executed";
    refuse(`${name} says ${says}, and this route does not name it in upstream.request_headers`);
  });
}

/** In the order of their names, so that the order on the wire makes no other call of it. */
function namedIn(headers: Pairs, names: ReadonlySet<string>): Pairs {
  const named = headers.filter(([name]) => names.has(name)).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  named.forEach(([name], at) => {
    // Of two lines, one tool server uses the first and another the last.
    if (name === named[at + 1]?.[0]) refuse(`${name} is given twice`);
  });
  return named;
}

/** No parameters but weights, and no type of a vendor: nothing there can be a version. */
function isPlain(accept: string): boolean {
  return /^(?:[a-z]+|\*)\/(?:[a-z+*-]+)(?:; ?q=[0-9.]+)?(?:, ?(?:[a-z]+|\*)\/(?:[a-z+*-]+)(?:; ?q=[0-9.]+)?)*$/.test(
    accept,
  );
}

/** Callers use few different values. */
const recent = new Recent<string>(256);
const longest = 512;

/**
 * Each media range is one answer that the caller can use, so a range with a version can go as long as another is left: the
 * caller asked for that one too. When none is left, any other value would be the gateway's invention.
 */
function withoutVersions(headers: Pairs): Pairs {
  const reduced = headers.flatMap(([name, value]) => {
    if (name !== "accept") return [[name, value] as const];
    const left = recent.get(value) ?? unversioned(value);
    if (value.length <= longest) recent.set(value, left);
    return left === "" && value !== "" ? [] : [["accept", left] as const];
  });
  if (!reduced.some(([name]) => name === "accept"))
    refuse("accept names a version, and this route does not name accept in upstream.request_headers");
  return reduced;
}

/** Separators within quotes are part of a value. */
const rangeParts = /(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/g;
const parameters = /;\s*([^=;\s]*)\s*(?:=\s*(?:"(?:[^"\\]|\\.)*"?|[^;"]*))?/g;

function unversioned(value: string): string {
  const ranges = (value.match(rangeParts) ?? []).map((range) => range.trim()).filter((range) => range !== "");
  const left = ranges.filter((range) => !namesVersion(range.toLowerCase()));
  return left.length === ranges.length ? value : left.join(", ");
}

const versionParameter = /^(?:v|ver|rev)$|version|revision/;

/** By a parameter, or in the name of the type: `vnd.x.v2+json`, `vnd.x-2.1+json`. */
function namesVersion(range: string): boolean {
  const [type = ""] = range.split(";", 1);
  const [, subtype = ""] = type.trim().split("/");
  const words = subtype.split(/[.+_-]/);
  // Names that IANA registers, such as G726-16, have no dot and no x.
  const own = subtype.includes(".") || words[0] === "x";
  if (words.some((word) => /^v[0-9]/.test(word) || (own && /^[0-9]+$/.test(word)))) return true;
  return [...range.slice(type.length).matchAll(parameters)].some(([, name = ""]) => versionParameter.test(name));
}

function refuse(hint: string): never {
  throw new Refusal("header_refused", { hint });
}
