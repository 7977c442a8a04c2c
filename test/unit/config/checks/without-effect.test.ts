import { settingsWithoutEffect } from "../../../../gateway/config/checks/without-effect.ts";
import type { JsonValue } from "../../../../gateway/lib/json.ts";
import { found, issuer, route, type Values } from "./found.ts";

const of = (values: Values): string[] =>
  found((draft) => settingsWithoutEffect(draft, values as JsonValue), { issuers: [issuer()], ...values });

test("finds nothing in what is not said, or has an effect", () => {
  expect(of({})).toEqual([]);
  expect(of({ authorization: {}, routes: [route({ protocol: "mcp" })] })).toEqual([]);
  expect(of({ authorization: {}, authzen: { hooks: { server: "local" } } })).toEqual([]);
  expect(of({ tasks: { clients: ["a"], issuers: ["idp"] } })).toEqual([]);
});

test("finds an authorization server whose tokens no route takes", () => {
  const finding = [expect.stringContaining("authorization (key): has no effect: no route takes its tokens")];
  expect(of({ authorization: {}, routes: [route()] })).toEqual(finding);
  expect(of({ authorization: {}, routes: [route({ protocol: "mcp", authorization: "external" })] })).toEqual(finding);
});

test("finds options of what is switched off, also with their default value", () => {
  const routes = [route({ protocol: "mcp" })];
  const authorization = { registration: { enabled: false, per_hour: 20 }, documents: { enabled: true, ca: "x" } };
  expect(of({ authorization, routes })).toEqual([
    "authorization.registration.per_hour (key): has no effect with enabled: false",
  ]);
});

test("finds issuers of clients where none is listed", () => {
  expect(of({ tasks: { issuers: ["idp"] }, sessions: { task_text: { issuers: ["idp"] } } })).toEqual([
    "tasks.issuers (key): has no effect: tasks.clients, whose issuers these are, lists none",
    "sessions.task_text.issuers (key): has no effect: sessions.task_text.clients, whose issuers these are, lists none",
  ]);
});

test("finds a largest body that policy cannot read, where it is written", () => {
  const of64 = (body: Values) => of({ routes: [route({ body })], policy: { input: { max: "64KiB" } } });
  expect(of64({ max: "128KiB" })).toEqual([
    expect.stringMatching(
      /^routes\[?\.?0\]?\.body\.max \(value\): has no effect above policy\.input\.max \(65536 bytes\)/,
    ),
  ]);
  for (const body of [{}, { max: "64KiB" }, { max: "128KiB", policy: "omit" }]) expect(of64(body)).toEqual([]);
  expect(of({ routes: [route({ body: { max: "1MiB" } })], policy: { input: { max: "1MiB" } } })).toEqual([]);
});
