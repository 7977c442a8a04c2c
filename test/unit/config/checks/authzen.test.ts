import { checkAuthzen } from "../../../../gateway/config/checks/authzen.ts";
import { found, issuer, route, type Values } from "./found.ts";

const listeners = { agents: { port: 8700 }, console: { port: 8701 } };
const of = (authzen: Values, more: Values = {}): string[] =>
  found(checkAuthzen, { listeners, issuers: [issuer()], authzen: { issuers: ["idp"], ...authzen }, ...more });
const callbacks = (...allow: string[]) => ({ callbacks: { allow, secret: "env:CALLBACKS" } });

test("finds nothing where there is no section, and nothing in one that says all it needs", () => {
  expect(found(checkAuthzen, { listeners, routes: [route({ prefix: "/access" })] })).toEqual([]);
  expect(of(callbacks("https://pep.example/called"))).toEqual([]);
  expect(of(callbacks("http://127.0.0.1:1/called"))).toEqual([]);
});

test.each<[string, Values, string]>([
  [
    "an issuer that is not there",
    { issuers: ["idq"] },
    "authzen.issuers.0 (value): no issuer has the id idq (did you mean idp?)",
  ],
  [
    "callbacks in plain text",
    callbacks("http://pep.example"),
    "authzen.callbacks.allow.0 (value): callbacks go to https",
  ],
  ["a query", callbacks("https://pep.example?a=1"), "authzen.callbacks.allow.0 (value): must not have a query"],
  [
    "callbacks that are not signed",
    { callbacks: { allow: ["https://pep.example"] } },
    "authzen.callbacks.secret (value): is required: receivers of callbacks must be able to verify the sender",
  ],
])("refuses %s", (_what, authzen, finding) => {
  expect(of(authzen)).toEqual([finding]);
});

const hooks = (more: Values = {}) => ({ issuers: [], hooks: { issuers: ["idp"], server: "local", ...more } });

test("takes the clients of agents with other enforcement points, and without", () => {
  expect(of(hooks())).toEqual([]);
  expect(of({ ...hooks(), issuers: ["idp"] })).toEqual([]);
  expect(of({ issuers: [] })).toEqual([
    "authzen.issuers (value): needs at least one issuer; without one nobody could be identified",
  ]);
  expect(of(hooks({ issuers: [] }))).toEqual([
    "authzen.hooks.issuers (value): needs at least one issuer, or a section authorization; else no agent could be identified",
  ]);
  expect(of(hooks({ issuers: [] }), { authorization: {} })).toEqual([]);
  expect(of(hooks({ issuers: ["idq"] }))).toEqual([
    "authzen.hooks.issuers.0 (value): no issuer has the id idq (did you mean idp?)",
  ]);
});

test("refuses the server of a route for what clients execute, and one audience for both", () => {
  const routes = [route({ server: "local" })];
  expect(of(hooks(), { routes })).toEqual([
    "authzen.hooks.server (value): is the server of a route too; what clients execute themselves needs a name of its own",
  ]);
  const audience = "https://gw.example/access";
  expect(of({ ...hooks({ audience }), audience })).toEqual([
    "authzen.hooks.audience (value): is the audience of authzen too; agents need another one",
  ]);
  expect(of(hooks({ audience: "http://127.0.0.1:8700/access/v1" }))).toEqual([
    expect.stringContaining("authzen.hooks.audience (value): is the audience of authzen too"),
  ]);
});

test("asks for an audience where the address of the listener is not known beforehand", () => {
  const free = { listeners: { ...listeners, agents: { port: 0 } } };
  expect(of({}, free)).toEqual([
    "authzen.audience (value): is required when the agents listener takes any free port and has no public_url",
  ]);
  expect(of({ audience: "https://gw.example/access" }, free)).toEqual([]);
});

test("refuses the audience of a route, with which a tool's token would ask about others", () => {
  const audience = "https://gw.example/pay";
  const finding =
    "authzen.audience (value): is the audience of the route pay too; enforcement points need one of their own";
  expect(of({ audience }, { routes: [route({ audience })] })).toEqual([finding]);
  expect(of({ audience }, { routes: [route({ audience: `${audience}s` })] })).toEqual([]);
  const byDefault = { listeners: { ...listeners, agents: { public_url: "https://gw.example" } } };
  expect(of({ audience }, { ...byDefault, routes: [route()] })).toEqual([finding]);
  expect(of({}, { ...byDefault, routes: [route({ audience: "https://gw.example/access/v1" })] })).toEqual([
    "authzen.audience (value): is https://gw.example/access/v1 by default, the audience of the route pay too; enforcement points need one of their own",
  ]);
  const operations = route({ prefix: "/other", openapi: "o.yaml", tools: { mcp: "/pay" } });
  expect(of({ audience }, { ...byDefault, routes: [operations] })).toEqual([finding]);
});

test("refuses a route at its own path, and none beside it", () => {
  const routes = ["/access", "/access/v1", "/accession"].map((prefix) => route({ prefix }));
  const message = "/access belongs to the gateway itself when there is a section authzen";
  expect(of({}, { routes })).toEqual([`routes.0.prefix (value): ${message}`, `routes.1.prefix (value): ${message}`]);
});
