import { callerRun, requestedLifetime, taskLifetime, taskOwner } from "../../../gateway/domain/tasks.ts";
import { subject } from "../../support/builders.ts";

test("a task is one caller's, by issuer, subject, key, person and route", () => {
  const person = { id: "alice", claims: {} };
  const owners = [
    taskOwner(subject(), "mail"),
    taskOwner(subject(), "billing"),
    taskOwner(subject({ id: "another" }), "mail"),
    taskOwner(subject({ issuer: "https://other.example" }), "mail"),
    taskOwner(subject({ proof: { method: "dpop", key: "k" } }), "mail"),
    taskOwner(subject({ actingFor: person }), "mail"),
  ];
  expect(new Set(owners).size).toBe(owners.length);
  expect(taskOwner(subject({ session: "another" }), "mail")).toBe(owners[0]);
});

test("a run is the session of the token, and none without one", () => {
  expect([callerRun(subject({ session: "s1" })), callerRun(subject({ session: null }))]).toEqual(["s1", ""]);
});

test("a task is kept for twice the time of people, the time to execute, and an hour", () => {
  const requirement = { approve_within: 600, execute_within: 60 };
  expect(taskLifetime({ requirement } as Parameters<typeof taskLifetime>[0])).toBe((2 * 600 + 60 + 3_600) * 1_000);
});

test.each([
  [null, 3_600_000],
  [0, 60_000],
  [120_000, 120_000],
  [Number.MAX_SAFE_INTEGER, 86_400_000],
])("keeps a task for which a caller asks %j milliseconds for %j", (ttl, kept) => {
  expect(requestedLifetime(ttl)).toBe(kept);
});
