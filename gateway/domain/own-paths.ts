/** Paths that the gateway answers itself on the agents listener, whatever lies below them included. */
const ownPaths: readonly string[] = ["/approvals", "/livez", "/readyz", "/healthz", "/.well-known"];

/** The gateway's own path that this one is or lies below; undefined when a route may have it. */
export function ownPathOf(path: string): string | undefined {
  return ownPaths.find((taken) => path === taken || path.startsWith(`${taken}/`));
}
