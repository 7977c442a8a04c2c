import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { resolveRoutes } from "../../../gateway/config/resolve-routes.ts";
import { routeSchema } from "../../../gateway/config/schema/routes.ts";
import { route } from "./checks/found.ts";

const folder = mkdtempSync(join(tmpdir(), "sallyport-resolve-"));
beforeAll(() => writeFileSync(join(folder, "a.yaml"), "openapi: 3.1.0\npaths: {}\n"));
afterAll(() => rmSync(folder, { recursive: true }));

function resolved(changes: object, publicUrl: string | null = "https://gw.example") {
  const values = routeSchema.parse(route({ openapi: "a.yaml", tools: { mcp: "/mcp/pay" }, ...changes }));
  const session = { header: "s", meta: "m" };
  const authorizes = { issuer: "https://gw.example", roles: ["clerk"] };
  return resolveRoutes(values, { folder, publicUrl, issuers: new Map([["idp", "jwt:idp"]]), session, authorizes });
}

test("adds an MCP server to an HTTP route whose operations are tools", () => {
  const [http, mcp, ...others] = resolved({ audience: "urn:pay", body: { policy: "omit" }, methods: ["GET", "PUT"] });
  expect(others).toEqual([]);
  expect(http).toMatchObject({ id: "pay", protocol: "http", audience: "urn:pay", issuers: ["jwt:idp"] });
  expect(mcp).toMatchObject({
    id: "pay.mcp",
    prefix: "/mcp/pay",
    protocol: "mcp",
    server: "pay",
    upstream: http?.upstream,
    audience: "https://gw.example/mcp/pay",
    issuers: ["https://gw.example", "jwt:idp"],
    scopes: ["clerk"],
    body: { policy: "read", accept: ["application/json"] },
  });
  expect(mcp?.operationsOf).toBe(http);
  expect([...(mcp?.methods ?? [])]).toEqual(["POST"]);
});

test("takes the route's own word for who gives out tokens, and its audience where no URL is known", () => {
  expect(resolved({ authorization: "external" })[1]?.issuers).toEqual(["jwt:idp"]);
  expect(resolved({ audience: "urn:pay" }, null)[1]?.audience).toBe("urn:pay");
});

test("gives the search to the MCP server alone", () => {
  const tools = { mcp: "/mcp/pay", offer: "search", call_as: "run" };
  const [http, mcp] = resolved({ tools });
  expect([http?.toolSearch, mcp?.toolSearch]).toEqual([null, { searchAs: "search_tools", callAs: "run" }]);
  expect(resolved({ tools: {} })).toHaveLength(1);
});
