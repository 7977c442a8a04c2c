import { requestDigest } from "../domain/request-digest.ts";
import type { CanonicalRequest } from "../domain/tool-call.ts";
import type { Head } from "./head.ts";
import { queryText } from "./query.ts";
import { upstreamPath, upstreamSegments } from "./route-map.ts";

/** The one request that is judged and sent: the upstream's origin, the canonical path and query, the same body bytes. */
export function canonicalRequest(head: Head, contentType: string | null, body: Buffer): CanonicalRequest {
  const { method, headers, target, route } = head;
  const segments = upstreamSegments(route, target.segments);
  const path = upstreamPath(route, target.path, segments);
  const query = queryText(target.query);
  const wire = query === "" ? path : `${path}?${query}`;
  return {
    method,
    origin: route.upstream.origin,
    path,
    segments,
    query: target.query,
    target: wire,
    host: target.host,
    headers: headers.endToEnd,
    contentType,
    body,
    digest: requestDigest(method, wire, contentType, body),
  };
}
