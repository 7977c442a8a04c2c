import type { JsonValue } from "../lib/json.ts";

/** A request that the gateway answers itself, read as strictly as one that it forwards. */
export interface OwnRequest {
  readonly method: string;
  /** Canonical. */
  readonly path: string;
  /** The one value of a header that may appear once; null when absent. Lower-case name. */
  header(name: string): string | null;
  /** undefined without a body. */
  readonly document: JsonValue | undefined;
}

/** Paths that the gateway answers itself on the agents listener, whatever lies below them included. */
const ownPaths: readonly string[] = ["/approvals", "/livez", "/readyz", "/healthz", "/.well-known"];

/** The gateway's own path that this one is or lies below; undefined when a route may have it. */
export function ownPathOf(path: string): string | undefined {
  return ownPaths.find((taken) => path === taken || path.startsWith(`${taken}/`));
}
