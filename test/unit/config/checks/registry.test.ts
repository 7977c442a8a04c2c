import { checkRegistry } from "../../../../gateway/config/checks/registry.ts";
import { found, issuer, route } from "./found.ts";

const of = (servers: object, prefix = "/crm"): string[] =>
  found(checkRegistry, {
    issuers: [issuer()],
    routes: [
      route({ id: "crm", protocol: "mcp", prefix }),
      route({ id: "pay", prefix: "/pay", tools: { mcp: "/mcp/pay" } }),
    ],
    registry: { namespace: "com.example", servers },
  });

test("finds nothing in a registry of MCP routes", () => {
  expect(of({ crm: { title: "CRM" }, "pay.mcp": {} })).toEqual([]);
});

test("refuses words about what is no MCP route, and a route that has the registry's paths", () => {
  expect(of({ cmr: {}, pay: {} })).toEqual([
    "registry.servers.cmr (key): no mcp route has the id cmr (did you mean crm?)",
    expect.stringContaining("no mcp route has the id pay"),
  ]);
  expect(of({}, "/v0.1/crm")).toEqual([
    "routes.0.prefix (value): /v0.1 belongs to the gateway itself when there is a registry",
  ]);
});
