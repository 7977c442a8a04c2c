import { digested } from "../domain/request-digest.ts";
import type { CanonicalRequest } from "../domain/tool-call.ts";
import type { Head } from "./head.ts";

/** The one request that is judged and sent: the upstream's origin, the canonical path and query, the same body bytes. */
export function canonicalRequest(head: Head, contentType: string | null, body: Buffer): CanonicalRequest {
  const { method, headers, target, route } = head;
  const { upstream } = target;
  return {
    ...digested(method, upstream.target, contentType, body),
    origin: route.upstream.origin,
    path: upstream.path,
    segments: upstream.segments,
    query: target.query,
    host: target.host,
    document: target.document,
    headers: headers.endToEnd,
    body,
  };
}
