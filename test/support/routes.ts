import { fileURLToPath } from "node:url";

/** Routes as `sallyport.yaml` writes them; anything may be overridden. */
export type RouteText = Readonly<Record<string, unknown>> & { readonly id: string; readonly prefix: string };

const openapi = fileURLToPath(new URL("../../demo/payments.openapi.yaml", import.meta.url));

/** `/payments` → the HTTP tool server, or whatever stands in its place. */
export function paymentsRoute(origin: string, changes: Partial<RouteText> = {}): RouteText {
  return {
    id: "payments",
    prefix: "/payments",
    rewrite: "/",
    protocol: "http",
    server: "payments",
    upstream: { origin, allow_addresses: ["loopback"] },
    issuers: ["dev"],
    openapi,
    credential: "payments-api",
    ...changes,
  };
}

/** `/mcp/crm` → the MCP tool server. */
export function crmRoute(origin: string, changes: Partial<RouteText> = {}): RouteText {
  return {
    id: "crm",
    prefix: "/mcp/crm",
    rewrite: "/mcp",
    protocol: "mcp",
    server: "crm",
    upstream: { origin, allow_addresses: ["loopback"] },
    issuers: ["dev"],
    credential: "crm-api",
    ...changes,
  };
}
