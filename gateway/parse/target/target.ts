import { Refusal } from "../../domain/errors.ts";
import type { Route } from "../../domain/route.ts";
import { isInterned, internJson, type JsonObject } from "../../lib/json.ts";
import { Recent } from "../../lib/caches.ts";
import { type CanonicalPath, canonicalPath } from "./path.ts";
import { type QueryPairs, queryText, readPairs } from "./query.ts";
import { type RouteMap, upstreamPath, upstreamSegments } from "./route-map.ts";

export interface Target extends CanonicalPath {
  readonly query: QueryPairs;
  /** See `Query`. */
  readonly repeated: readonly string[];
  /** Lower case, without the scheme's default port. */
  readonly host: string;
}

// A registered name or IPv4 address, or a bracketed IPv6 address, and a port (RFC 3986 §3.2.2); no user information.
const authority = /^([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::([1-9][0-9]{0,4}))?$/;

/**
 * Reads the request target (RFC 9112 §3.2). Origin form is what clients send; absolute form is accepted when its
 * authority equals Host and is then reduced to origin form.
 * @throws Refusal path_ambiguous, query_ambiguous, header_refused (Host)
 */
export function readTarget(url: string, hostHeader: string | null, encrypted: boolean): Target {
  const host = readHost(hostHeader, encrypted);
  const target = url.startsWith("/") ? url : reduceAbsolute(url, host, encrypted);
  if (target.includes("#")) throw new Refusal("path_ambiguous", { hint: "a fragment in the request target" });
  const mark = target.indexOf("?");
  const path = canonicalPath(mark === -1 ? target : target.slice(0, mark));
  const { pairs, repeated } = readPairs(mark === -1 ? "" : target.slice(mark + 1));
  return {
    path: path.path,
    segments: path.segments,
    query: pairs,
    repeated,
    host,
  };
}

function readHost(header: string | null, encrypted: boolean): string {
  const host = header === null ? null : normalAuthority(header, encrypted ? "443" : "80");
  if (host === null)
    throw new Refusal("header_refused", { hint: header === null ? "no Host" : "Host is not a name and a port" });
  return host;
}

function reduceAbsolute(url: string, host: string, encrypted: boolean): string {
  const match = /^(https?):\/\/([^/?#]*)(.*)$/i.exec(url);
  if (match === null)
    throw new Refusal("path_ambiguous", { hint: "the request target is neither a path nor an absolute URL" });
  const scheme = encrypted ? "https" : "http";
  const named = match[1]?.toLowerCase() === scheme ? normalAuthority(match[2] ?? "", encrypted ? "443" : "80") : null;
  if (named !== host)
    throw new Refusal("path_ambiguous", { hint: "the absolute request target names another authority than Host" });
  const rest = match[3] ?? "";
  return rest.startsWith("/") ? rest : `/${rest}`;
}

function normalAuthority(text: string, defaultPort: string): string | null {
  const match = authority.exec(text.toLowerCase());
  if (match === null || text.includes("..")) return null;
  const port = match[2];
  if (port !== undefined && Number(port) > 65_535) return null;
  return port === undefined || port === defaultPort ? (match[1] as string) : `${match[1]}:${port}`;
}

export type AddressReader = (url: string, host: string | null, encrypted: boolean) => Address;

/** A parsed request target and the route that it leads to. */
export interface Address extends Target {
  /** Null when no route matches. */
  readonly route: Route | null;
  /** The same below the route's upstream prefix; `target` is path and query as they are sent. */
  readonly upstream: Pick<Target, "path" | "segments"> & { readonly target: string };
  /** See `CanonicalRequest`. */
  readonly document: JsonObject;
}

/** Entries in each of the two generations of the cache of request targets. */
const MOST = 1_024;
/** Longest target and Host that are cached, in characters. */
const LONGEST = 512;

interface KnownAddress {
  readonly host: string | null;
  readonly encrypted: boolean;
  readonly address: Address;
}

/**
 * Reads request targets and finds their routes. Recent results are cached, since agents repeat few targets. A result
 * depends on the target, Host, TLS and the routes alone, and routes never change, so nothing invalidates it.
 * @throws Refusal as `readTarget` does; only what can be read is remembered
 */
export function addressReader(routes: RouteMap): AddressReader {
  const recent = new Recent<KnownAddress>(MOST);
  return function addressOf(url, host, encrypted) {
    const known = recent.get(url);
    if (known !== undefined && known.host === host && known.encrypted === encrypted) return interned(known.address);
    const address = readAddress(routes, readTarget(url, host, encrypted));
    if (url.length + (host?.length ?? 0) <= LONGEST) recent.set(url, { host, encrypted, address });
    return address;
  };
}

/** Keeps the JSON text of a target from its second use on: a target used twice is likely to be used again. */
function interned(address: Address): Address {
  if (!isInterned(address.document)) internJson(address.document);
  return address;
}

/** Until the request's headers are known: those that the route names. */
const noHeaders = internJson({});

function readAddress(routes: RouteMap, target: Target): Address {
  const route = routes.find(target.host, target.path);
  // Without a route policy is not evaluated, so the policy document is not needed.
  if (route === null) return { ...target, route, upstream: { ...target, target: target.path }, document: {} };
  const segments = upstreamSegments(route, target.segments);
  const path = upstreamPath(route, target.path, segments);
  const query = queryText(target.query);
  const upstream = { path, segments, target: query === "" ? path : `${path}?${query}` };
  return {
    ...target,
    route,
    upstream,
    document: { host: target.host, path, segments, query: target.query, headers: noHeaders },
  };
}
