import { hash } from "node:crypto";

/** What means something to the tool server, and its digest. */
export interface Digested {
  readonly method: string;
  /** The canonical path plus the canonical query: the request target that leaves the socket. */
  readonly target: string;
  /** Content-Type as it is sent: the media type in lower case, of a multipart type with its boundary; null without a body. */
  readonly contentType: string | null;
  /** See `digestedText`. */
  readonly digestedText: string;
  /** SHA-256 of that text, which a tool server can recompute: "sha256:" and 64 hex digits. */
  readonly digest: string;
}

export function digested(method: string, target: string, contentType: string | null, body: Buffer): Digested {
  const text = digestedText(method, target, contentType, body);
  return { method, target, contentType, digestedText: text, digest: `sha256:${hash("sha256", text, "hex")}` };
}

/** Method, target, content type and the SHA-256 of the body's bytes: where two such texts are equal, so are their digests. */
export function digestedText(method: string, target: string, contentType: string | null, body: Buffer): string {
  const ofBody = body.length === 0 ? "" : hash("sha256", body, "hex");
  return `sallyport-request-v1\n${method} ${target}\n${contentType ?? ""}\n${ofBody}`;
}
