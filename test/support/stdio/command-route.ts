import type { RouteText } from "../routes.ts";

/** `/mcp/<id>` → a command that the gateway runs. */
export function commandRoute(
  id: string,
  command: Readonly<Record<string, unknown>> & { readonly run: readonly string[] },
  changes: Partial<RouteText> = {},
): RouteText {
  return {
    id,
    prefix: `/mcp/${id}`,
    rewrite: "/mcp",
    protocol: "mcp",
    server: id,
    upstream: { command },
    issuers: ["dev"],
    ...changes,
  };
}
