import type { IncomingMessage, ServerResponse } from "node:http";
import type { ResourceMetadata } from "../identify/resource-metadata.ts";

type Answer = (req: IncomingMessage, res: ServerResponse) => void;

/** Answers with a route's metadata (RFC 9728); what it does not know is a call like any other, and refused as one. */
export function wellKnown(metadata: ResourceMetadata, otherwise: Answer): Answer {
  return function answer(req, res) {
    const readable = req.method === "GET" || req.method === "HEAD";
    const document = readable ? metadata.find(req.headers.host?.toLowerCase() ?? "", req.url ?? "") : null;
    if (document === null) return otherwise(req, res);
    const body = JSON.stringify(document);
    res.writeHead(200, {
      "Content-Type": "application/json",
      "Content-Length": Buffer.byteLength(body),
      "Cache-Control": "public, max-age=300",
      // Clients in browsers look it up before they have any credential.
      "Access-Control-Allow-Origin": "*",
    });
    res.end(req.method === "HEAD" ? undefined : body);
  };
}
