import {
  behindOf,
  type Revocable,
  type Revocation,
  revocableBinding,
  revokes,
} from "../../../gateway/domain/revocation.ts";
import { binding, subject, toolCall } from "../../support/builders.ts";

const call: Revocable = {
  issuer: "https://idp.example",
  subject: "refund-bot",
  behind: ["alice@example.com", "router"],
  session: "s1",
  task: null,
};

function revocation(change: Partial<Revocation>): Revocation {
  return { id: "r", kind: "subject", issuer: null, target: null, reason: "", by: "ops", at: 0, ...change };
}

test.each<[string, Partial<Revocation>, boolean]>([
  ["everybody", { kind: "gateway" }, true],
  ["the caller", { target: "refund-bot" }, true],
  ["the caller in other letters", { target: "Refund-Bot" }, true],
  ["the person behind it", { target: "alice@example.com" }, true],
  ["an actor in between", { target: "router" }, true],
  ["somebody else", { target: "refund-bot-2" }, false],
  ["nobody", { target: null }, false],
  ["the caller of this issuer, with a slash more", { target: "refund-bot", issuer: "https://idp.example/" }, true],
  ["the caller of another issuer", { target: "refund-bot", issuer: "https://other.example" }, false],
  ["its session", { kind: "session", target: "s1" }, true],
  ["a session of its caller's name", { kind: "session", target: "refund-bot" }, false],
  ["a task, while the call has none", { kind: "task", target: "s1" }, false],
])("a revocation of %s is applied", (_, change, ends) => {
  expect(revokes(revocation(change), call)).toBe(ends);
});

test("behind a caller stand the person it acts for and those who acted in between", () => {
  const actingFor = { id: "alice", claims: {} };
  expect(behindOf(subject({ actingFor, actorChain: ["a", "b"] }))).toEqual(["alice", "a", "b"]);
  expect(behindOf(subject({ actingFor: null, actorChain: [] }))).toEqual([]);
});

test("a held call is known by its binding", () => {
  const who = subject({ actingFor: { id: "alice", claims: {} } });
  const { acting_for, session, subject: bound } = binding(toolCall(), who);
  expect(revocableBinding({ ...binding(toolCall(), who), actors: ["router"] })).toEqual({
    issuer: bound.issuer,
    subject: bound.id,
    behind: [acting_for, "router"],
    session,
    task: null,
  });
});
