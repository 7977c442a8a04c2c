import { notBegun, type Revocation, revokes, stands } from "../../../gateway/domain/revocation.ts";
import { revocable, revocation } from "../../support/endings.ts";

const token = { digest: "digest-1", jti: "jti-1", issuedAt: 1_000 };
const call = revocable({ task: "t_1", tasksAbove: ["t_0"], token });

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
  ["a task that its task is a part of", { kind: "task", target: "t_0" }, true],
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

test("the end of a connection names what carries that very connection, and nothing else", () => {
  const end = { kind: "connection", issuer: null, target: "k_1" } as const;
  expect(revokes(end, revocable({ connections: ["k_2", "k_1"] }))).toBe(true);
  expect(revokes(end, revocable({ connections: ["K_1"] }))).toBe(false);
  expect(revokes(end, revocable({ subject: "k_1" }))).toBe(false);
});

test("a call that was not sent because its connection ended is told that the account is not connected", () => {
  expect(notBegun({ kind: "connection", reason: "the person disconnected Acme" })).toMatchObject({
    code: "credential_not_connected",
    hint: "the person disconnected Acme",
  });
});
