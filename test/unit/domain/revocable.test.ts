import {
  behindOf,
  RevocableCall,
  RevocableCarrier,
  revocableBinding,
  revocableItem,
  revocableOf,
} from "../../../gateway/domain/revocable.ts";
import { revokes } from "../../../gateway/domain/revocation.ts";
import { sessionKey, sessionRef } from "../../../gateway/domain/session-key.ts";
import type { ToolCall } from "../../../gateway/domain/tool-call.ts";
import { binding, subject, toolCall } from "../../support/builders.ts";

test("behind a caller stand the person it acts for and those who acted in between", () => {
  const actingFor = { id: "alice", claims: {} };
  expect(behindOf(subject({ actingFor, actorChain: ["a", "b"] }))).toEqual(["alice", "a", "b"]);
  expect(behindOf(subject({ actingFor: null, actorChain: [] }))).toEqual([]);
});

test("a call is known by every name of its session, its client, its key and what it calls", () => {
  const who = subject({ session: null, clientId: "cli", proof: { method: "dpop", key: "thumb" } });
  const mcp = { transportSession: "mcp-1" } as ToolCall["mcp"];
  const named = { id: "mcp-1", trust: "transport" } as const;
  const task = { id: "t_1", within: ["t_0"], serves: "bob" };
  const what = new RevocableCall(who, toolCall({ mcp, declaredSession: "run-1", declaredTrace: "ab12" }), named, task);
  expect(what.sessions).toEqual(["mcp-1", sessionRef(sessionKey(who, named)), "mcp-1", "run-1", "ab12"]);
  expect([what.client, what.key, what.task, what.tool, what.server, what.sessionTrust]).toEqual(
    ["cli", "thumb", "t_1", "payments/create_refund", "payments", "transport"], // prettier-ignore
  );
});

test("access in a task depends on whom it serves and on the tasks above", () => {
  const who = subject({ actingFor: null, actorChain: [] });
  const task = { id: "t_1", within: ["t_0"], serves: "bob" };
  const within = new RevocableCall(who, toolCall(), { id: "s", trust: "none" }, task);
  expect([within.behind, within.tasksAbove]).toEqual([["bob"], ["t_0"]]);
  const item = revocableItem({ binding: binding(toolCall(), who), context: { task } });
  expect(item).toMatchObject({ behind: ["bob"], tasksAbove: ["t_0"] });
});

test("a held call is known by its binding", () => {
  const who = subject({ actingFor: { id: "alice", claims: {} } });
  const { acting_for, session, subject: bound } = binding(toolCall(), who);
  expect(revocableBinding({ ...binding(toolCall(), who), actors: ["router"] }, "cli")).toEqual({
    issuer: bound.issuer,
    subject: bound.id,
    actingFor: acting_for,
    behind: [acting_for, "router"],
    client: "cli",
    key: null,
    sessions: [session],
    sessionTrust: "token",
    task: null,
    tool: "payments/create_refund",
    server: "payments",
  });
});

test("of a held call the card knows the client and the session that it came in", () => {
  const context = { agent: { client_id: "cli" }, session: { id: "mcp-1", trust: "transport" } };
  const item = revocableItem({ binding: binding(), context });
  expect([item.client, item.sessions, item.sessionTrust]).toEqual(["cli", ["s1", "mcp-1"], "transport"]);
  expect(revocableItem({ binding: binding(), context: {} })).toMatchObject({ client: null, sessions: ["s1"] });
});

test("a call that carries the account of a person is known by that connection too", () => {
  const what = new RevocableCarrier([subject(), toolCall(), { id: "s", trust: "none" }], ["k_1"]);
  expect([what.connections, what.subject]).toEqual([["k_1"], subject().id]);
  expect(new RevocableCall(subject(), toolCall(), { id: "s", trust: "none" })).not.toHaveProperty("connections");
});

test("access of either key ends a caller that proves a key and a certificate", () => {
  const who = subject({ proof: { method: "dpop", key: "k1" }, certificate: "c1" });
  const call = new RevocableCall(who, toolCall(), { id: "s", trust: "none" }, null);
  const meets = (target: string): boolean[] =>
    [call, revocableOf(who, "s")].map((what) => revokes({ kind: "key", issuer: null, target }, what));
  expect(["k1", "c1", "c2"].map(meets)).toEqual([
    [true, true],
    [true, true],
    [false, false],
  ]);
});
