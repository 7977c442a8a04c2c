import { requestDigest } from "../domain/request-digest.ts";
import type { CanonicalRequest } from "../domain/tool-call.ts";
import type { Head } from "./head.ts";

/** The one request that is judged and sent: the upstream's origin, the canonical path and query, the same body bytes. */
export function canonicalRequest(head: Head, contentType: string | null, body: Buffer): CanonicalRequest {
  const { method, headers, target, route } = head;
  const { upstream } = target;
  return {
    method,
    origin: route.upstream.origin,
    path: upstream.path,
    segments: upstream.segments,
    query: target.query,
    target: upstream.target,
    host: target.host,
    headers: headers.endToEnd,
    contentType,
    body,
    digest: requestDigest(method, upstream.target, contentType, body),
  };
}
