import { oncePer } from "../../lib/caches.ts";
import { resourceId, type ToolCall } from "../tool-call.ts";

/** `server/tool` with visible characters, or `server/*`. Names of servers have no slash; names of tools may. */
export const toolPattern = /^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?\/(?:\*|[\x21-\x7e]{1,256})$/;

interface Covered {
  /** Servers of which something is covered. */
  readonly servers: ReadonlySet<string>;
  /** Patterns as they are. */
  readonly patterns: ReadonlySet<string>;
}

/** The patterns of a task are one object as long as it is known. */
const coveredBy = oncePer((patterns: readonly string[]): Covered => ({
  servers: new Set(patterns.map(serverOf)),
  patterns: new Set(patterns),
}));

/**
 * Whether a call is of a tool (or a prompt, or a resource) that these patterns name. Messages about a whole server, without which
 * no tool could be called, need one pattern of that server; the gateway's own MCP tasks need none.
 */
export function coversTool(
  patterns: readonly string[],
  call: Pick<ToolCall, "resourceType" | "route" | "name">,
): boolean {
  const { servers, patterns: named } = coveredBy(patterns);
  const { server } = call.route;
  if (call.resourceType === "task") return true;
  if (call.resourceType === "server") return servers.has(server);
  return named.has(`${server}/*`) || named.has(resourceId(call));
}

/** The first pattern that no pattern of the other list covers; null when all are covered. */
export function toolOutside(patterns: readonly string[], of: readonly string[]): string | null {
  const known = new Set(of);
  return patterns.find((pattern) => !known.has(pattern) && !known.has(`${serverOf(pattern)}/*`)) ?? null;
}

/** The server that a pattern names. */
export function serverOf(pattern: string): string {
  return pattern.slice(0, pattern.indexOf("/"));
}
