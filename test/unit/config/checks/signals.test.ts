import { checkSignals } from "../../../../gateway/config/checks/signals.ts";
import { found, issuer, route, type Values } from "./found.ts";

const listeners = { agents: { port: 8700 }, console: { port: 8701 } };
const pushed = { id: "idp", issuer: "https://idp.example", delivery: "push", authorization: "env:PUSH" };
const polled = { id: "idp", issuer: "https://idp.example", delivery: "poll", stream: {} };
const of = (one: Values, more: Values = {}): string[] =>
  found(checkSignals, { listeners, issuers: [issuer()], signals: [one], ...more });

test("finds nothing without a transmitter, and nothing in what says all it needs", () => {
  expect(found(checkSignals, { listeners })).toEqual([]);
  expect(of(pushed)).toEqual([]);
  expect(of(polled)).toEqual([]);
  expect(of({ ...polled, stream: undefined, poll: { url: "https://idp.example/poll" } })).toEqual([]);
  expect(
    of({ ...pushed, issuer: "https://edr.example", about: ["idp"], jwks: { url: "https://edr.example/k" } }),
  ).toEqual([]);
});

test("knows the gateway as an issuer where it gives tokens, and the provider where its people sign in", () => {
  const sign_in = { issuer: "https://login.example", client_id: "gw", client_secret: "env:X" };
  const local = { authorization: {} };
  expect(of({ ...pushed, about: ["gateway"] }, local)).toEqual([]);
  expect(of({ ...pushed, about: ["gateway"] })).toEqual(["signals.0.about.0 (value): no issuer has the id gateway"]);
  const transmitter = { ...pushed, issuer: sign_in.issuer };
  expect(of(transmitter, { authorization: { sign_in, roles: { staff: ["support"] } } })).toEqual([]);
  expect(of(transmitter, local)).toHaveLength(1);
});

test.each<[string, Values, string]>([
  [
    "a transmitter that is no issuer and names nobody it may speak for",
    { ...pushed, issuer: "https://edr.example" },
    "signals.0.about (value): is required: no issuer has this transmitter's iss, so name those it may speak for",
  ],
  [
    "an issuer that is not there",
    { ...pushed, about: ["idq"] },
    "signals.0.about.0 (value): no issuer has the id idq (did you mean idp?)",
  ],
  [
    "pushes that anybody could send",
    { ...pushed, authorization: undefined },
    "signals.0.authorization (value): is required: without it anybody could post signals",
  ],
  [
    "a push credential of a stream that is polled",
    { ...polled, authorization: "env:PUSH" },
    "signals.0.authorization (key): means nothing to a stream that is polled; see api",
  ],
  [
    "a stream whose address nobody knows",
    { ...polled, stream: undefined },
    "signals.0.poll.url (value): is required without the section stream, which finds it out",
  ],
  ["keys from nowhere", { ...pushed, jwks: {} }, "signals.0.jwks (value): needs either url or file"],
  [
    "a key file that is not there",
    { ...pushed, jwks: { file: "k.json" } },
    "signals.0.jwks.file (value): no such file: k.json",
  ],
  [
    "keys over plain http",
    { ...pushed, jwks: { url: "http://idp.example/k" } },
    "signals.0.jwks.url (value): plain http beyond loopback lets others forge signals; use https, or say allow_insecure: true",
  ],
  [
    "a transmitter over plain http",
    { ...pushed, issuer: "http://idp.example", about: ["idp"] },
    "signals.0.issuer (value): plain http beyond loopback lets others forge signals; use https, or say allow_insecure: true",
  ],
  [
    "a transmitter inside the network",
    { ...pushed, api: { metadata: "https://10.0.0.1/meta" } },
    "signals.0.api.metadata (value): 10.0.0.1 is a private address; say api.allow_addresses: [private] to allow it",
  ],
  [
    "two credentials for the transmitter's API",
    {
      ...pushed,
      api: {
        authorization: "env:API",
        client: { token_endpoint: "https://idp.example/t", client_id: "g", client_secret: "env:S" },
      },
    },
    "signals.0.api (value): has either authorization or client",
  ],
  [
    "a level of what ends access",
    { ...pushed, events: { "session-revoked": { level: 0.5 } } },
    "signals.0.events.session-revoked.level (key): means nothing unless do is risk",
  ],
  [
    "a level beside the one that the event has",
    { ...pushed, events: { "risk-level-change": { level: 0.5 } } },
    "signals.0.events.risk-level-change.level (key): the event says the level itself",
  ],
  [
    "a time for what is ignored",
    { ...pushed, events: { "session-revoked": { do: "ignore", for: "1h" } } },
    "signals.0.events.session-revoked.for (key): means nothing when do is ignore",
  ],
])("refuses %s", (_, one, line) => {
  expect(of(one)).toEqual([line]);
});

test("refuses an id that is used twice", () => {
  expect(of(pushed, { signals: [pushed, polled] })).toEqual(["signals.1.id (value): the id idp is used twice"]);
});

test("asks for an audience where the address of the listener is not known beforehand", () => {
  const free = { listeners: { ...listeners, agents: { port: 0 } } };
  expect(of(pushed, free)).toEqual([
    "signals.0.audience (value): is required when the agents listener takes any free port and has no public_url",
  ]);
  expect(of({ ...pushed, audience: "https://gw.example/signals/idp" }, free)).toEqual([]);
});

test("refuses a route at the path of pushed signals, and none where they are polled", () => {
  const routes = ["/signals", "/signals/v1", "/signalsx", "/"].map((prefix) => route({ prefix }));
  const message = "/signals belongs to the gateway itself when signals are pushed to it";
  expect(of(pushed, { routes })).toEqual([
    `routes.0.prefix (value): ${message}`,
    `routes.1.prefix (value): ${message}`,
  ]);
  expect(of(polled, { routes })).toEqual([]);
});
