import type { Refusal } from "../../../gateway/domain/errors.ts";
import { assertNotRevoked, revocableOf, type Revocation } from "../../../gateway/domain/revocation.ts";
import { revocations } from "../../../gateway/gather/revocations.ts";
import { Connection } from "../../../gateway/store/connection.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { revocationStore } from "../../../gateway/store/call-state.ts";
import { approver, holdRequest, testApprovals } from "../../support/approvals/test-approvals.ts";
import { binding, requirement, subject, TestClock, testIds, toolCall } from "../../support/builders.ts";
import { noJournal, noOthers, revocable, testEndings } from "../../support/endings.ts";

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

async function world() {
  const clock = new TestClock();
  const made = testApprovals({ clock });
  const access = await revocations({
    store: revocationStore(new Connection(openDatabase(":memory:"))),
    clock,
    ids: testIds(),
    logger: silent,
    endings: testEndings(made.approvals, clock).endings,
    announcements: noOthers,
    journal: noJournal,
  });
  return { ...made, access };
}

const call = revocable({ actingFor: "alice", behind: ["alice"] });
const asked = (changes: Partial<Omit<Revocation, "id" | "at">>) => ({
  kind: "session" as const,
  issuer: null,
  target: "s1",
  reason: "the task is over",
  by: "carol",
  until: null,
  ...changes,
});

async function codeOf(act: () => unknown): Promise<string> {
  try {
    await act();
  } catch (thrown) {
    return (thrown as Refusal).code;
  }
  return "none";
}

test.each([
  ["its session", asked({}), "access_revoked"],
  ["another session", asked({ target: "s2" }), "none"],
  ["its subject", asked({ kind: "subject", target: "refund-bot" }), "access_revoked"],
  [
    "a subject of the same name elsewhere",
    asked({ kind: "subject", target: "refund-bot", issuer: "https://b" }),
    "none",
  ],
  ["everybody", asked({ kind: "gateway", target: null }), "gateway_stopped"],
  ["a task, as stores of earlier versions have them", asked({ kind: "task", target: "t1" }), "none"],
  ["the person it acts for", asked({ kind: "subject", target: "alice" }), "access_revoked"],
  ["a person of that name elsewhere", asked({ kind: "subject", target: "alice", issuer: "https://b" }), "none"],
])("refuses a call after access was ended for %s", async (_whom, wanted, code) => {
  const { access } = await world();
  expect(await codeOf(() => assertNotRevoked(access, call))).toBe("none");
  const { id } = await access.revoke(wanted);
  expect(await codeOf(() => assertNotRevoked(access, call))).toBe(code);
  await access.lift(id, "carol");
  expect(await codeOf(() => assertNotRevoked(access, call))).toBe("none");
});

test("names what ends more than the token of a call before what ends the token alone", async () => {
  const { access } = await world();
  const token = { digest: "d", jti: null, issuedAt: 1 };
  await access.revoke(asked({ kind: "token", target: "d" }));
  expect(access.against({ ...call, token })?.kind).toBe("token");
  await access.revoke(asked({ kind: "subject", target: "alice" }));
  expect(access.against({ ...call, token })?.kind).toBe("subject");
});

test("refuses a call of those who act for somebody whose access was ended, directly or through others", async () => {
  const { access } = await world();
  const through = subject({ actingFor: { id: "alice", claims: {} }, actorChain: ["planner-bot"] });
  expect(await codeOf(() => assertNotRevoked(access, revocableOf(through, "s1")))).toBe("none");
  for (const target of ["alice", "planner-bot"]) {
    const { id } = await access.revoke(asked({ kind: "subject", target }));
    expect(await codeOf(() => assertNotRevoked(access, revocableOf(through, "s1")))).toBe("access_revoked");
    await access.lift(id, "carol");
  }
});

test("ends what is held and what is approved under it at once, and nothing else", async () => {
  const { access, holds, service } = await world();
  const of = (amount: number) => holds.open(holdRequest({ binding: binding(toolCall({ arguments: { amount } })) }));
  const [held, approved] = [await of(1), await of(2)];
  const other = await holds.open(holdRequest({ binding: { ...binding(), session: "s2" } }));
  await service.vote(approved.id, approved.action_digest, approver, { vote: "approve", reason: null });
  await access.revoke(asked({}));
  const states = [held, approved, other].map(async ({ id }) => (await holds.get(id))?.state);
  expect(await Promise.all(states)).toEqual(["cancelled", "cancelled", "held"]);
  expect((await holds.get(held.id))?.outcome).toBe("the session was revoked: the task is over");
  expect(await holds.consume(approved.id)).toBe(false);
});

test("ends what is held, approved and granted for a person whose access was ended", async () => {
  const { access, holds, service, grantService } = await world();
  const of = (amount: number, acting_for: string) =>
    holds.open(holdRequest({ binding: { ...binding(toolCall({ arguments: { amount } })), acting_for } }));
  const [held, other] = [await of(1, "alice"), await of(2, "bob")];
  const scope = { kind: "uses", uses: 3, seconds: 600, same: "arguments" } as const;
  const wide = { ...requirement, scope };
  const given = await holds.open(holdRequest({ binding: { ...binding(), acting_for: "alice" }, requirement: wide }));
  await service.vote(given.id, given.action_digest, approver, { vote: "approve", reason: null, grant: scope });
  expect(await grantService.list({ live: true, limit: 9 })).toHaveLength(1);
  await access.revoke(asked({ kind: "subject", target: "Alice" }));
  const states = [held, given, other].map(async ({ id }) => (await holds.get(id))?.state);
  expect([await Promise.all(states), await grantService.list({ live: true, limit: 9 })]).toEqual([
    ["cancelled", "cancelled", "held"],
    [],
  ]);
});

test("ends what is held for a call in which somebody acted in between whose access was ended", async () => {
  const { access, holds } = await world();
  const through = subject({ actingFor: { id: "alice", claims: {} }, actorChain: ["refund-bot", "planner-bot"] });
  const item = await holds.open(holdRequest({ binding: binding(toolCall(), through) }));
  await access.revoke(asked({ kind: "subject", target: "planner-bot" }));
  expect((await holds.get(item.id))?.state).toBe("cancelled");
});

test.each([
  ["Cyrillic letters", "аlice"],
  ["an invisible character", "al\u200bice"],
  ["blanks at its ends", " alice "],
])("ends the access of a caller whose name has %s for one that only looks like it", async (_what, id) => {
  const { access } = await world();
  await access.revoke(asked({ kind: "subject", target: "alice" }));
  expect(await codeOf(() => assertNotRevoked(access, revocableOf(subject({ id }), "s1")))).toBe("access_revoked");
});

test("ends what another enforcement point asked for an actor whose access was ended", async () => {
  const { access, holds } = await world();
  const beside = { actors: [["https://idp.example", "helper-bot"]], enforcement_point: { id: "envoy" } };
  const asks = await holds.open(holdRequest({ binding: { ...binding(), protocol: "authzen", beside } }));
  await access.revoke(asked({ kind: "subject", target: "helper-bot" }));
  expect((await holds.get(asks.id))?.state).toBe("cancelled");
});

test("wakes a caller that waits under it", async () => {
  const { access, holds } = await world();
  const item = await holds.open(holdRequest());
  const waiting = holds.settled(item.id, 60_000, new AbortController().signal);
  await access.revoke(asked({ kind: "gateway", target: null, reason: "incident" }));
  expect((await waiting).state).toBe("cancelled");
});

test("says that there is no such revocation to lift", async () => {
  expect(await codeOf(async () => (await world()).access.lift("k_unknown", "carol"))).toBe("revocation_unknown");
});
