import { checkDuplicates } from "../../../../gateway/config/checks/duplicates.ts";
import { found, issuer, route } from "./found.ts";

test("finds nothing where every name is there once", () => {
  const routes = [route(), route({ id: "crm", prefix: "/crm" }), route({ id: "other", host: "other.example" })];
  expect(
    found(checkDuplicates, { routes, issuers: [issuer(), issuer({ id: "b", issuer: "https://b.example" })] }),
  ).toEqual([]);
});

test("names the second of two routes with one id, and of two that compete for the same calls", () => {
  const routes = [route(), route({ prefix: "/crm" }), route({ id: "again" })];
  expect(found(checkDuplicates, { routes })).toEqual([
    "routes.1.id (value): the id pay is used twice",
    "routes.2.prefix (value): another route already has host and prefix * /pay",
  ]);
});

test("counts the MCP server that a route is besides", () => {
  const tools = { mcp: "/crm" };
  const routes = [route({ tools }), route({ id: "crm", prefix: "/crm" }), route({ id: "pay.mcp", prefix: "/other" })];
  expect(found(checkDuplicates, { routes })).toEqual([
    "routes.2.id (value): the id pay.mcp is used twice",
    "routes.1.prefix (value): another route already has host and prefix * /crm",
  ]);
});

test("names the second of two issuers with one id, one iss or one trust domain", () => {
  const mesh = {
    kind: "spiffe-x509",
    issuer: undefined,
    jwks: undefined,
    trust_domain: "example.org",
    bundle: "b.pem",
  };
  const issuers = [
    issuer(),
    issuer({ issuer: "https://b.example" }),
    issuer({ id: "c" }),
    issuer({ id: "d", ...mesh }),
    issuer({ id: "e", ...mesh }),
  ];
  expect(found(checkDuplicates, { issuers })).toEqual([
    "issuers.1.id (value): the id idp is used twice",
    "issuers.2.issuer (value): another issuer already has iss https://idp.example",
    "issuers.4.trust_domain (value): another issuer is already spiffe-x509 example.org",
  ]);
});

test("lets one server issue signed tokens to some callers and opaque ones to others", () => {
  const introspection = { endpoint: "https://idp.example/i", client_id: "g", client_secret: "env:X" };
  const opaque = issuer({ id: "opaque", kind: "introspection", jwks: undefined, introspection });
  expect(found(checkDuplicates, { issuers: [issuer(), opaque] })).toEqual([]);
});

test("names a person who is there twice", () => {
  const person = { name: "dana", roles: ["approver"] };
  const login = { kind: "local", users: [person, { ...person, name: "eve" }, person] };
  const listeners = { agents: { port: 8700 }, console: { port: 8701, login } };
  expect(found(checkDuplicates, { listeners })).toEqual([
    "listeners.console.login.users.2.name (value): the name dana is used twice",
  ]);
});
