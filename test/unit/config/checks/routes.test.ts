import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkRoutes } from "../../../../gateway/config/checks/routes.ts";
import { found, issuer, route, type Values } from "./found.ts";

const listeners = { agents: { port: 8700 }, console: { port: 8701 } };
const of = (changes: Values, more: Values = {}): string[] =>
  found(checkRoutes, { listeners, issuers: [issuer()], routes: [route(changes)], ...more });

test("finds nothing in a route that says all it needs", () => {
  expect(of({})).toEqual([]);
});

test.each<[string, Values, string]>([
  ["the gateway's own path", { prefix: "/livez" }, "routes.0.prefix (value): /livez belongs to the gateway itself"],
  [
    "no issuer",
    { issuers: [] },
    "routes.0.issuers (value): a route needs at least one issuer; without one nobody could be identified",
  ],
  [
    "an issuer that is not there",
    { issuers: ["idq"] },
    "routes.0.issuers.0 (value): no issuer has the id idq (did you mean idp?)",
  ],
  [
    "plain http beyond loopback",
    { upstream: { origin: "http://pay.example" } },
    "routes.0.upstream.origin (value): plain http beyond loopback lets others read and change calls; use https, or say allow_insecure: true",
  ],
  [
    "an address of a class that it does not allow",
    { upstream: { origin: "https://10.0.0.1" } },
    "routes.0.upstream.origin (value): 10.0.0.1 is a private address; say allow_addresses: [private] to allow it",
  ],
  [
    "localhost, which is loopback",
    { upstream: { origin: "http://localhost:1" } },
    "routes.0.upstream.origin (value): localhost is a loopback address; say allow_addresses: [loopback] to allow it",
  ],
  [
    "a header that is never forwarded as callers send it",
    { upstream: { origin: "https://pay.example", request_headers: ["x-action", "x-user-id"] } },
    "routes.0.upstream.request_headers.1 (value): x-user-id is never forwarded as callers send it: it is the gateway's own, a credential, or says who or where the caller is",
  ],
  [
    "an OpenAPI document for an MCP server",
    { protocol: "mcp", openapi: "a.yaml" },
    "routes.0.openapi (key): an mcp route names its tools itself; remove openapi",
  ],
  [
    "an MCP server that is not read",
    { protocol: "mcp", body: { policy: "omit" } },
    "routes.0.body.policy (value): an mcp route cannot be judged unread; use read",
  ],
  [
    "a search where there is no list",
    { tools: { offer: "search" } },
    "routes.0.tools.offer (value): only an mcp route, or an http route with tools.mcp, has a list of tools; remove it",
  ],
  [
    "operations as tools where there are none",
    { tools: { mcp: "/mcp" } },
    "routes.0.tools.mcp (value): only an http route with openapi has operations to offer as tools; remove it",
  ],
  [
    "operations as tools at the gateway's own path",
    { openapi: "a.yaml", tools: { mcp: "/livez" } },
    "routes.0.tools.mcp (value): /livez belongs to the gateway itself",
  ],
  [
    "two tools of one name",
    { protocol: "mcp", tools: { offer: "search", search_as: "call_tool" } },
    "routes.0.tools.call_as (value): two tools cannot have one name",
  ],
  [
    "a credential that is not there",
    { credential: "payd" },
    "routes.0.credential (value): no credential has the name payd (did you mean paid?)",
  ],
])("refuses %s", (_what, changes, finding) => {
  expect(of(changes, { credentials: { paid: { header: "authorization", value: "env:PAID" } } })).toContain(finding);
});

test("accepts what a route says it wants", () => {
  expect(of({ upstream: { origin: "http://10.0.0.1", allow_insecure: true, allow_addresses: ["private"] } })).toEqual(
    [],
  );
  expect(of({ upstream: { origin: "http://127.0.0.1:1", allow_addresses: ["loopback"] } })).toEqual([]);
  expect(of({ body: { policy: "omit", accept: ["multipart/form-data"] } })).toEqual([]);
});

test("refuses two issuers that are asked about opaque tokens, and names the second", () => {
  const introspection = { endpoint: "https://idp.example/i", client_id: "g", client_secret: "env:X" };
  const opaque = (id: string) => issuer({ id, kind: "introspection", jwks: undefined, introspection });
  const issuers = [opaque("a"), issuer(), opaque("b")];
  expect(of({ issuers: ["a", "idp", "b"] }, { issuers })).toEqual([
    "routes.0.issuers.2 (value): a route can have one issuer of kind introspection; b is the second",
  ]);
  expect(of({ issuers: ["a", "idp"] }, { issuers })).toEqual([]);
});

test("asks for an audience where the address of the listener is not known beforehand", () => {
  const agents = { port: 0 };
  const missing =
    "routes.0.audience (value): is required when the agents listener takes any free port and has no public_url";
  expect(of({}, { listeners: { ...listeners, agents } })).toEqual([missing]);
  expect(of({ audience: "https://gw.example/pay" }, { listeners: { ...listeners, agents } })).toEqual([]);
  const named = { ...agents, public_url: "https://gw.example" };
  expect(of({}, { listeners: { ...listeners, agents: named } })).toEqual([]);
});

test("says why an OpenAPI document cannot be used", () => {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-routes-"));
  try {
    writeFileSync(join(folder, "good.yaml"), "openapi: 3.1.0\npaths: {}\n");
    const check = (openapi: string) =>
      found(checkRoutes, { listeners, issuers: [issuer()], routes: [route({ openapi })] }, folder);
    expect(check("good.yaml")).toEqual([]);
    expect(check("gone.yaml")).toEqual([expect.stringMatching(/^routes\.0\.openapi \(value\): .*gone\.yaml/)]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
