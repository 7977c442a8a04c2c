import {
  behindOf,
  RevocableCall,
  type Revocation,
  revocableBinding,
  revocableItem,
  revokes,
  stands,
} from "../../../gateway/domain/revocation.ts";
import { sessionKey, sessionRef } from "../../../gateway/domain/session-key.ts";
import type { ToolCall } from "../../../gateway/domain/tool-call.ts";
import { binding, subject, toolCall } from "../../support/builders.ts";
import { revocable, revocation } from "../../support/endings.ts";

const call = revocable({ task: "t_1", token: { digest: "digest-1", jti: "jti-1", issuedAt: 1_000 } });

test.each<[string, Partial<Revocation>, boolean]>([
  ["everybody", { kind: "gateway" }, true],
  ["the caller", { kind: "subject", target: "refund-bot" }, true],
  ["the caller in other letters", { kind: "subject", target: "Refund-Bot" }, true],
  ["the person behind it", { kind: "subject", target: "alice@example.com" }, true],
  ["an actor in between", { kind: "subject", target: "router" }, true],
  ["somebody else", { kind: "subject", target: "refund-bot-2" }, false],
  ["nobody", { kind: "subject", target: null }, false],
  ["the caller of this issuer", { kind: "subject", target: "refund-bot", issuer: "https://idp.example/" }, true],
  ["the caller of another issuer", { kind: "subject", target: "refund-bot", issuer: "https://other.example" }, false],
  ["its client", { kind: "client", target: "refund-client" }, true],
  ["a client of its caller's name", { kind: "client", target: "refund-bot" }, false],
  ["its client of another issuer", { kind: "client", target: "refund-client", issuer: "https://b.example" }, false],
  ["its key", { kind: "key", target: "thumb-1" }, true],
  ["another key", { kind: "key", target: "thumb-2" }, false],
  ["its session", { kind: "session", target: "s1" }, true],
  ["a session of its caller's name", { kind: "session", target: "refund-bot" }, false],
  ["its task", { kind: "task", target: "t_1" }, true],
  ["another task", { kind: "task", target: "t_2" }, false],
  ["its tool", { kind: "tool", target: "payments/create_refund" }, true],
  ["a tool without its server", { kind: "tool", target: "create_refund" }, false],
  ["its server", { kind: "server", target: "payments" }, true],
  ["another server", { kind: "server", target: "crm" }, false],
  ["its issuer", { kind: "issuer", target: "https://idp.example" }, true],
  ["its issuer, with a slash more", { kind: "issuer", target: "https://idp.example/" }, true],
  ["another issuer", { kind: "issuer", target: "https://other.example" }, false],
  ["its token, by the token's id", { kind: "token", target: "jti-1" }, true],
  ["its token, by the token's digest", { kind: "token", target: "digest-1" }, true],
  ["its token in other letters", { kind: "token", target: "JTI-1" }, false],
  ["a token of that id of another issuer", { kind: "token", target: "jti-1", issuer: "https://b.example" }, false],
  ["no token", { kind: "token", target: null }, false],
  ["the caller, before its token was issued", { kind: "subject", target: "refund-bot", before: 1_000 }, false],
  ["the caller, after its token was issued", { kind: "subject", target: "refund-bot", before: 1_001 }, true],
])("a revocation of %s is applied", (_, change, ends) => {
  expect(revokes(revocation(change), call)).toBe(ends);
});

const own = { issuer: "https://idp.example", subject: "refund-bot", acting_for: "alice@example.com" };
const chosen = revocation({ kind: "session", target: "run-1", callers: [own] });

test.each([
  ["that session", { sessions: ["run-1"], sessionTrust: "self" }, true],
  ["another name of its caller's choice", { sessions: ["run-2"], sessionTrust: "self" }, true],
  ["no session at all", { sessions: ["principal:refund-bot"], sessionTrust: "none" }, true],
  ["a session that its token names", { sessions: ["s1"], sessionTrust: "token" }, false],
  ["another caller's session", { subject: "other-bot", sessions: ["run-2"], sessionTrust: "self" }, false],
  ["another person's session", { actingFor: "bob", sessions: ["run-2"], sessionTrust: "self" }, false],
] as const)("a revoked session that its caller named itself ends %s", (_, change, ends) => {
  expect(revokes(chosen, revocable(change))).toBe(ends);
});

test("a task of a call that has none is never named", () => {
  expect(revokes(revocation({ kind: "task", target: "t_1" }), revocable())).toBe(false);
  expect(revokes(revocation({ kind: "key", target: "none" }), revocable({ key: null }))).toBe(false);
});

test("behind a caller stand the person it acts for and those who acted in between", () => {
  const actingFor = { id: "alice", claims: {} };
  expect(behindOf(subject({ actingFor, actorChain: ["a", "b"] }))).toEqual(["alice", "a", "b"]);
  expect(behindOf(subject({ actingFor: null, actorChain: [] }))).toEqual([]);
});

test("a call is known by every name of its session, its client, its key and what it calls", () => {
  const who = subject({ session: null, clientId: "cli", proof: { method: "dpop", key: "thumb" } });
  const mcp = { transportSession: "mcp-1" } as ToolCall["mcp"];
  const named = { id: "mcp-1", trust: "transport" } as const;
  const what = new RevocableCall(who, toolCall({ mcp, declaredSession: "run-1", declaredTrace: "ab12" }), named, "t_1");
  expect(what.sessions).toEqual(["mcp-1", sessionRef(sessionKey(who, named)), "mcp-1", "run-1", "ab12"]);
  expect([what.client, what.key, what.task, what.tool, what.server, what.sessionTrust]).toEqual(
    ["cli", "thumb", "t_1", "payments/create_refund", "payments", "transport"], // prettier-ignore
  );
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

test.each([
  [null, true],
  [1_001, true],
  [1_000, false],
])("a revocation until %p stands at 1000: %p", (until, still) => {
  expect(stands({ until }, 1_000)).toBe(still);
});

test("a revocation of tokens from before a moment is applied to what has no token, or one that does not say when it was issued", () => {
  const from = revocation({ kind: "subject", target: "refund-bot", before: 1 });
  expect(revokes(from, revocable())).toBe(true);
  expect(revokes(from, revocable({ token: { digest: "d", jti: null, issuedAt: null } }))).toBe(true);
});
