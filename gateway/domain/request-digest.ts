import { hash } from "node:crypto";

/**
 * Digest of what means something to the tool server: method, target, content type and body bytes.
 * Computed once from what was judged and once from what is handed to the socket; a tool server can recompute it.
 * "sha256:" and 64 hex digits.
 */
export function requestDigest(method: string, target: string, contentType: string | null, body: Buffer): string {
  const bodyDigest = body.length === 0 ? "" : hash("sha256", body, "hex");
  return `sha256:${hash("sha256", `sallyport-request-v1\n${method} ${target}\n${contentType ?? ""}\n${bodyDigest}`, "hex")}`;
}
