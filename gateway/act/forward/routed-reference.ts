import { ownPathOf } from "../../domain/own-requests.ts";
import type { ToolCall } from "../../domain/tool-call.ts";

/**
 * A reference of the tool server's answer (`Location`, RFC 9110 §10.2.2) as its caller can follow it: the same resource below
 * the route's prefix, as path, query and fragment. Null for whatever lies outside of the route: another origin, another folder
 * of the tool server, the gateway's own paths, or a path that the gateway would refuse.
 */
export function routedReference(value: string, { route, request }: Pick<ToolCall, "route" | "request">): string | null {
  const { origin } = route.upstream;
  const url = URL.canParse(value, origin + request.target) ? new URL(value, origin + request.target) : null;
  if (url === null || url.origin !== new URL(origin).origin) return null;
  const from = withoutSlash(route.upstreamPrefix);
  if (url.pathname !== from && !url.pathname.startsWith(`${from}/`)) return null;
  const path = `${withoutSlash(route.prefix)}${url.pathname.slice(from.length)}` || "/";
  // Two slashes at the beginning would name another host.
  if (path.includes("//") || ownPathOf(path) !== undefined) return null;
  return path + url.search + url.hash;
}

function withoutSlash(prefix: string): string {
  return prefix.endsWith("/") ? prefix.slice(0, -1) : prefix;
}
