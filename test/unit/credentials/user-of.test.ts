import { everybodysUse, userOf } from "../../../gateway/credentials/user-of.ts";
import { subject, toolCall } from "../../support/builders.ts";
import { wish } from "./oauth/support.ts";

test("names all by which access can be ended, and no trace that is another for each call", () => {
  const call = toolCall({ declaredTrace: "a".repeat(32), declaredSession: "run-7" });
  const who = subject({
    actingFor: { id: "ann", claims: {} },
    actorChain: ["refund-bot"],
    proof: { method: "dpop", key: "k1" },
    token: { digest: "d1", jti: "j1", issuedAt: 1_000 },
  });
  const task = { id: "task-1", within: ["task-0"], serves: null };
  const of = userOf(wish({ call, subject: who, task }));
  expect(of).toMatchObject({
    issuer: "https://idp.example",
    subject: "refund-bot",
    actingFor: "ann",
    client: "refund-bot",
    key: "k1",
    task: "task-1",
    tasksAbove: ["task-0"],
    tool: "payments/create_refund",
    server: "payments",
  });
  expect(of.token).toBe(who.token);
  expect(of.sessions).toEqual(expect.arrayContaining(["s1", "run-7"]));
  expect(of.sessions).not.toContain("a".repeat(32));
  expect(userOf(wish({ call: { ...call, declaredTrace: "b".repeat(32) }, subject: who, task }))).toEqual(of);
});

test("keeps a trace that names the session", () => {
  const trace = "a".repeat(32);
  const session = { ...wish().session, id: trace, trust: "trace" as const };
  expect(userOf(wish({ call: toolCall({ declaredTrace: trace }), session })).sessions).toContain(trace);
});

test("ends what everybody shares with its tool or server alone", () => {
  expect(everybodysUse(wish())).toMatchObject({
    subject: "",
    sessions: [],
    tool: "payments/create_refund",
    server: "payments",
  });
});
