import { checkAuthorization } from "../../../../gateway/config/checks/authorization.ts";
import { found, issuer, route, type Values } from "./found.ts";

const users = [{ name: "alice", roles: ["support"] }];
const listeners = { agents: { public_url: "https://gw.example" }, console: { login: { users } } };
const sign_in = { issuer: "https://login.example", client_id: "gw", client_secret: "env:X" };
const of = (authorization: Values | undefined, more: Values = {}): string[] =>
  found(checkAuthorization, { listeners, ...(authorization === undefined ? {} : { authorization }), ...more });

test("finds nothing in what says all it needs", () => {
  expect(of({})).toEqual([]);
  expect(of({ sign_in, roles: { staff: ["support"] } })).toEqual([]);
  expect(of(undefined, { routes: [route()] })).toEqual([]);
  const loopback = { agents: { port: 8700 }, console: { login: { users } } };
  expect(of({}, { listeners: loopback })).toEqual([]);
});

test("refuses a route that wants tokens of a server that is not configured", () => {
  expect(of(undefined, { routes: [route({ authorization: "gateway" })] })).toEqual([
    "routes.0.authorization (value): needs the section authorization",
  ]);
});

test.each<[string, Values, Values, string]>([
  ["no address", {}, { listeners: { ...listeners, agents: { port: 0 } } }, "authorization (value): needs listeners"],
  [
    ...["plain http beyond loopback", {}, { listeners: { ...listeners, agents: { public_url: "http://gw.example" } } }],
    "authorization (value): needs https",
  ] as [string, Values, Values, string],
  [
    "a provider over plain http",
    { sign_in: { ...sign_in, issuer: "http://login.example" }, roles: { a: ["b"] } },
    {},
    "plain http",
  ],
  ["a provider without a mapping", { sign_in }, {}, "authorization.roles (value): is required where people come"],
  [
    "a provider that is not asked who signs in",
    { sign_in: { ...sign_in, scopes: ["profile"] }, roles: { a: ["b"] } },
    {},
    "authorization.sign_in.scopes (value): needs openid",
  ],
  [
    "no way for any client",
    { documents: { enabled: false }, registration: { enabled: false } },
    {},
    "authorization.clients (value): no client could get a token",
  ],
  ["nobody who could sign in", {}, { listeners: { ...listeners, console: {} } }, "nobody could sign in"],
  [
    "users without roles",
    {},
    { listeners: { ...listeners, console: { login: { users: [{ name: "a" }] } } } },
    "gives nobody",
  ],
  [
    "a pause longer than all",
    { refresh_idle: "30d", refresh_longest: "1d" },
    {},
    "refresh_idle (value): must not be longer",
  ],
  [
    "a token longer than a pause",
    { access_token: "1h", refresh_idle: "5m" },
    {},
    "access_token (value): must not be longer",
  ],
  [
    "an address that is none",
    { clients: [{ id: "a", name: "A", redirect_uris: ["javascript:x"] }] },
    {},
    "javascript: is no",
  ],
  [
    ...[
      "two clients of one id",
      { clients: ["A", "B"].map((name) => ({ id: "a", name, redirect_uris: ["https://a.example/"] })) },
      {},
    ],
    "clients.1.id (value): the id a is used twice",
  ] as [string, Values, Values, string],
  [
    ...[
      "assertions without keys",
      { roles: { a: ["b"] }, assertions: [{ issuer: "https://idp.example", jwks: {} }] },
      {},
    ],
    "assertions.0.jwks (value): needs either url or file",
  ] as [string, Values, Values, string],
  [
    ...[
      "assertions with keys over plain http",
      { roles: { a: ["b"] }, assertions: [{ issuer: "x", jwks: { url: "http://idp.example/k" } }] },
      {},
    ],
    "lets others forge assertions",
  ] as [string, Values, Values, string],
  ["a route at its own path", {}, { routes: [route({ prefix: "/oauth/x" })] }, "/oauth belongs to the gateway itself"],
  ["an issuer of its own name", {}, { issuers: [issuer({ issuer: "https://gw.example" })] }, "is the gateway itself"],
])("refuses %s", (_what, authorization, more, message) => {
  expect(of(authorization, more)).toEqual([expect.stringContaining(message)]);
});

test("refuses a role with the name of the scope that asks for a refresh token", () => {
  const message = expect.stringContaining("offline_access is a scope that asks for a refresh token") as unknown;
  const at = (place: string) => expect.stringMatching(new RegExp(`^${place.replaceAll(".", "\\.")} `)) as unknown;
  const mapped = of({ sign_in, roles: { staff: ["support", "offline_access"] } });
  expect(mapped).toEqual([message]);
  expect(mapped).toEqual([at("authorization.roles.staff.1")]);
  const login = { users: [...users, { name: "bob", roles: ["offline_access"] }] };
  const ofUser = { listeners: { ...listeners, console: { login } } };
  expect(of({}, ofUser)).toEqual([at("listeners.console.login.users.1.roles.0")]);
  // Such a role of the console is in no token.
  expect(of({ roles: { support: ["support"] } }, ofUser)).toEqual([]);
});

test("takes one id for both the gateway and another issuer for a mistake where a route uses it", () => {
  const routes = [route({ protocol: "mcp", issuers: [] })];
  expect(of({}, { issuers: [issuer({ id: "gateway" })], routes })).toEqual([
    "issuers.0.id (value): gateway names the gateway itself",
  ]);
});
