import type { JsonValue } from "../lib/json.ts";

/** A request to one of the gateway's own endpoints, read as strictly as one that is forwarded. */
export interface OwnRequest {
  readonly method: string;
  /** Canonical. */
  readonly path: string;
  /** The one value of a header that may appear once; null when absent. Lower-case name. */
  header(name: string): string | null;
  /** undefined without a body. */
  readonly document: JsonValue | undefined;
}

/** Paths of the gateway's own endpoints on the agents listener, including everything below them. */
const ownPaths: readonly string[] = ["/approvals", "/livez", "/readyz", "/healthz", "/.well-known"];

/** The gateway's own path that this path equals or lies below; undefined when a route may use it. */
export function ownPathOf(path: string): string | undefined {
  return ownPaths.find((taken) => path === taken || path.startsWith(`${taken}/`));
}
