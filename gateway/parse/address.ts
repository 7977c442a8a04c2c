import type { JsonObject } from "../lib/json.ts";
import { isShared, shared } from "../lib/json-text.ts";
import { Recent } from "../lib/recent.ts";
import type { Route } from "../domain/route.ts";
import { queryText } from "./query.ts";
import { type RouteMap, upstreamPath, upstreamSegments } from "./route-map.ts";
import { readTarget, type Target } from "./target.ts";

/** A request target, read, and where it leads. */
export interface Address extends Target {
  /** Null when there is none for it. */
  readonly route: Route | null;
  /** The same below the route's upstream prefix; `target` is path and query as they are sent. */
  readonly upstream: Pick<Target, "path" | "segments"> & { readonly target: string };
  /** See `CanonicalRequest`. */
  readonly document: JsonObject;
}

/** So many request targets of each of two generations are remembered, and none that is longer than this. */
const MOST = 1_024;
const LONGEST = 512;

interface Asked {
  readonly host: string | null;
  readonly encrypted: boolean;
  readonly address: Address;
}

/**
 * Reads request targets. What one means depends on nothing but itself, Host and the routes, and agents call the same few
 * again and again, so the latest readings are kept.
 * @throws Refusal as `readTarget` does; only what can be read is remembered
 */
export function addressReader(routes: RouteMap): (url: string, host: string | null, encrypted: boolean) => Address {
  const recent = new Recent<Asked>(MOST);
  return function addressOf(url, host, encrypted) {
    const known = recent.get(url);
    if (known !== undefined && known.host === host && known.encrypted === encrypted) return again(known.address);
    const address = readAddress(routes, readTarget(url, host, encrypted));
    if (url.length + (host?.length ?? 0) <= LONGEST) recent.set(url, { host, encrypted, address });
    return address;
  };
}

/** What is asked a second time will be asked more often, and then its text is worth keeping. */
function again(address: Address): Address {
  if (!isShared(address.document)) shared(address.document);
  return address;
}

function readAddress(routes: RouteMap, target: Target): Address {
  const route = routes.find(target.host, target.path);
  // Where no route is, nothing is judged and no document read.
  if (route === null) return { ...target, route, upstream: { ...target, target: target.path }, document: {} };
  const segments = upstreamSegments(route, target.segments);
  const path = upstreamPath(route, target.path, segments);
  const query = queryText(target.query);
  const upstream = { path, segments, target: query === "" ? path : `${path}?${query}` };
  return { ...target, route, upstream, document: { host: target.host, path, segments, query: target.query } };
}
