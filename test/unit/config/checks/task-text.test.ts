import { checkTaskText } from "../../../../gateway/config/checks/task-text.ts";
import { found, issuer, route, type Values } from "./found.ts";

const listeners = { agents: { port: 8700 }, console: { port: 8701 } };
const of = (taskText: Values, more: Values = {}): string[] =>
  found(checkTaskText, {
    listeners,
    issuers: [issuer()],
    sessions: { task_text: { clients: ["chat-app"], ...taskText } },
    ...more,
  });
const introspection = { endpoint: "https://idp.example/i", client_id: "g", client_secret: "env:X" };
const opaque = (id: string) => issuer({ id, kind: "introspection", jwks: undefined, introspection });

test("finds nothing where no client is listed, and nothing in what says all it needs", () => {
  const taken = { routes: [route({ prefix: "/sessions" })] };
  expect(found(checkTaskText, { listeners, ...taken })).toEqual([]);
  expect(of({ clients: [], issuers: ["nobody"] }, taken)).toEqual([]);
  expect(of({})).toEqual([]);
  expect(of({ issuers: ["idp"], scope: "chat:say", audience: "https://gw.example/say" })).toEqual([]);
});

test("refuses an issuer that is not there", () => {
  expect(of({ issuers: ["idq"] })).toEqual([
    "sessions.task_text.issuers.0 (value): no issuer has the id idq (did you mean idp?)",
  ]);
});

test("asks which issuer it is where several issue tokens that do not name theirs", () => {
  const issuers = [issuer(), opaque("one"), opaque("two")];
  expect(of({}, { issuers })).toEqual([
    "sessions.task_text.issuers (value): is required where there are several issuers of kind introspection: one of them may be named",
  ]);
  expect(of({ issuers: ["one"] }, { issuers })).toEqual([]);
  expect(of({ issuers: ["one", "two"] }, { issuers })).toEqual([
    "sessions.task_text.issuers.1 (value): a route can have one issuer of kind introspection; two is the second",
  ]);
});

test("asks for an audience where the address of the listener is not known beforehand", () => {
  const free = { listeners: { ...listeners, agents: { port: 0 } } };
  expect(of({}, free)).toEqual([
    "sessions.task_text.audience (value): is required when the agents listener takes any free port and has no public_url",
  ]);
  expect(of({ audience: "https://gw.example/sessions" }, free)).toEqual([]);
});

test("refuses the audience of a route or of enforcement points, whose tokens are no word of a person", () => {
  const audience = "https://gw.example/pay";
  const finding = (of: string) =>
    `sessions.task_text.audience (value): is the audience of ${of} too; these clients need one of their own`;
  expect(of({ audience }, { routes: [route({ audience })] })).toEqual([finding("the route pay")]);
  expect(of({ audience }, { authzen: { issuers: ["idp"], audience } })).toEqual([finding("authzen")]);
  const hooks = { issuers: ["idp"], server: "local", audience };
  expect(of({ audience }, { authzen: { issuers: [], hooks } })).toEqual([finding("authzen.hooks")]);
  const local = "http://127.0.0.1:8700";
  expect(of({ audience: `${local}/pay` }, { routes: [route()] })).toEqual([finding("the route pay")]);
  expect(of({ audience: `${local}/access/v1` }, { authzen: { issuers: ["idp"] } })).toEqual([finding("authzen")]);
  expect(of({ audience }, { routes: [route({ audience: `${audience}s` })] })).toEqual([]);
});

test("refuses a route at its own path, and none beside it", () => {
  const routes = ["/sessions", "/sessions/v1", "/sessionsx", "/"].map((prefix) => route({ prefix }));
  const message = "/sessions belongs to the gateway itself when sessions.task_text lists a client";
  expect(of({}, { routes })).toEqual([`routes.0.prefix (value): ${message}`, `routes.1.prefix (value): ${message}`]);
});
