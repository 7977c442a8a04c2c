import { oncePer } from "../../lib/caches.ts";
import type { Route } from "../../domain/route.ts";
import { canonicalPath, pathOf } from "./path.ts";

export interface RouteMap {
  /** Exact host first, then "*"; longest prefix at a segment border. `path` is canonical. */
  find(host: string, path: string): Route | null;
}

interface HostTable {
  readonly byPrefix: Map<string, Route>;
  /** Number of segments of the longest prefix, which bounds the number of lookups. */
  depth: number;
}

/** @throws Error when a prefix is not canonical or two routes share host and prefix */
export function routeMap(routes: readonly Route[]): RouteMap {
  const hosts = new Map<string, HostTable>();
  for (const route of routes) add(hosts, route);
  const anyHost = hosts.get("*");
  return {
    find(host, path) {
      const own = hosts.get(host);
      return (own && longest(own, path)) ?? (anyHost && longest(anyHost, path)) ?? null;
    },
  };
}

function add(hosts: Map<string, HostTable>, route: Route): void {
  const prefix = checkedPrefix(route, route.prefix);
  checkedPrefix(route, route.upstreamPrefix);
  const table = hosts.get(route.host) ?? { byPrefix: new Map<string, Route>(), depth: 0 };
  if (table.byPrefix.has(prefix)) throw new Error(`two routes for host ${route.host} and prefix ${prefix || "/"}`);
  table.byPrefix.set(prefix, route);
  table.depth = Math.max(table.depth, prefix.split("/").length - 1);
  hosts.set(route.host, table);
}

function checkedPrefix(route: Route, prefix: string): string {
  const canonical = canonicalPath(prefix).path;
  if (canonical !== prefix)
    throw new Error(`route ${route.id}: the prefix ${prefix} is not canonical; write ${canonical}`);
  return withoutSlash(prefix);
}

/** One Map lookup per segment border, from the deepest that any route has; never a walk over routes. */
function longest(table: HostTable, path: string): Route | null {
  const borders: number[] = [];
  for (let at = path.indexOf("/", 1); at !== -1 && borders.length < table.depth; at = path.indexOf("/", at + 1))
    borders.push(at);
  if (borders.length < table.depth) borders.push(path.length);
  for (let index = borders.length - 1; index >= 0; index--) {
    const route = table.byPrefix.get(path.slice(0, borders[index]));
    if (route !== undefined) return route;
  }
  return table.byPrefix.get("") ?? null;
}

/** The path below a route's prefix, put below its upstream prefix. Works on canonical segments only. */
export function upstreamSegments(route: Route, segments: readonly string[]): readonly string[] {
  if (route.upstreamPrefix === route.prefix) return segments;
  const { from, to } = rewriteOf(route);
  return [...to, ...segments.slice(from)];
}

export function upstreamPath(route: Route, path: string, segments: readonly string[]): string {
  return route.upstreamPrefix === route.prefix ? path : pathOf(segments);
}

interface Rewrite {
  /** Number of segments of the route's prefix, which are removed. */
  readonly from: number;
  /** Segments of the upstream prefix, which replace them. */
  readonly to: readonly string[];
}

const rewriteOf = oncePer((route: Route): Rewrite => ({
  from: prefixSegments(route.prefix).length,
  to: prefixSegments(route.upstreamPrefix),
}));

function prefixSegments(prefix: string): readonly string[] {
  return canonicalPath(withoutSlash(prefix) || "/").segments;
}

function withoutSlash(prefix: string): string {
  return prefix.endsWith("/") ? prefix.slice(0, -1) : prefix;
}
