import { endHeldUnder } from "../../../gateway/approvals/revoke.ts";
import type { Refusal } from "../../../gateway/domain/errors.ts";
import { assertNotRevoked, revocableOf, type Revocation } from "../../../gateway/domain/revocation.ts";
import { revocations } from "../../../gateway/gather/revocations.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { revocationStore } from "../../../gateway/store/revocations.ts";
import { approver, holdRequest, testApprovals } from "../../support/approvals/test-approvals.ts";
import { binding, requirement, subject, TestClock, testIds, toolCall } from "../../support/builders.ts";

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

function world() {
  const clock = new TestClock();
  const made = testApprovals({ clock });
  const access = revocations({
    ...{ store: revocationStore(openDatabase(":memory:")), clock, ids: testIds(), logger: silent },
    onRevoked: (revocation) => endHeldUnder(made.approvals, revocation),
  });
  return { ...made, access };
}

const call = {
  ...{ issuer: "https://idp.example", subject: "refund-bot", behind: ["alice"], session: "s1", task: null },
};
const asked = (changes: Partial<Omit<Revocation, "id" | "at">>) => ({
  ...{ kind: "session" as const, issuer: null, target: "s1", reason: "the task is over", by: "carol" },
  ...changes,
});

function codeOf(act: () => unknown): string {
  try {
    act();
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
])("refuses a call after access was ended for %s", (_whom, wanted, code) => {
  const { access } = world();
  expect(codeOf(() => assertNotRevoked(access, call))).toBe("none");
  const { id } = access.revoke(wanted);
  expect(codeOf(() => assertNotRevoked(access, call))).toBe(code);
  access.lift(id, "carol");
  expect(codeOf(() => assertNotRevoked(access, call))).toBe("none");
});

test("refuses a call of those who act for somebody whose access was ended, directly or through others", () => {
  const { access } = world();
  const through = subject({ actingFor: { id: "alice", claims: {} }, actorChain: ["planner-bot"] });
  expect(codeOf(() => assertNotRevoked(access, revocableOf(through, "s1")))).toBe("none");
  for (const target of ["alice", "planner-bot"]) {
    const { id } = access.revoke(asked({ kind: "subject", target }));
    expect(codeOf(() => assertNotRevoked(access, revocableOf(through, "s1")))).toBe("access_revoked");
    access.lift(id, "carol");
  }
});

test("ends what is held and what is approved under it at once, and nothing else", () => {
  const { access, holds, service } = world();
  const of = (amount: number) => holds.open(holdRequest({ binding: binding(toolCall({ arguments: { amount } })) }));
  const [held, approved] = [of(1), of(2)];
  const other = holds.open(holdRequest({ binding: { ...binding(), session: "s2" } }));
  service.vote(approved.id, approved.action_digest, approver, { vote: "approve", reason: null });
  access.revoke(asked({}));
  const states = [held, approved, other].map(({ id }) => holds.get(id)?.state);
  expect(states).toEqual(["cancelled", "cancelled", "held"]);
  expect(holds.get(held.id)?.outcome).toBe("the session was revoked: the task is over");
  expect(holds.consume(approved.id)).toBe(false);
});

test("ends what is held, approved and granted for a person whose access was ended", () => {
  const { access, holds, service, grantService } = world();
  const of = (amount: number, acting_for: string) =>
    holds.open(holdRequest({ binding: { ...binding(toolCall({ arguments: { amount } })), acting_for } }));
  const [held, other] = [of(1, "alice"), of(2, "bob")];
  const scope = { kind: "uses", uses: 3, seconds: 600, same: "arguments" } as const;
  const wide = { ...requirement, scope };
  const given = holds.open(holdRequest({ binding: { ...binding(), acting_for: "alice" }, requirement: wide }));
  service.vote(given.id, given.action_digest, approver, { vote: "approve", reason: null, grant: scope });
  expect(grantService.list({ live: true, limit: 9 })).toHaveLength(1);
  access.revoke(asked({ kind: "subject", target: "Alice" }));
  const states = [held, given, other].map(({ id }) => holds.get(id)?.state);
  expect([states, grantService.list({ live: true, limit: 9 })]).toEqual([["cancelled", "cancelled", "held"], []]);
});

test("ends what is held for a call in which somebody acted in between whose access was ended", () => {
  const { access, holds } = world();
  const through = subject({ actingFor: { id: "alice", claims: {} }, actorChain: ["refund-bot", "planner-bot"] });
  const item = holds.open(holdRequest({ binding: binding(toolCall(), through) }));
  access.revoke(asked({ kind: "subject", target: "planner-bot" }));
  expect(holds.get(item.id)?.state).toBe("cancelled");
});

test.each([
  ["Cyrillic letters", "аlice"],
  ["an invisible character", "al\u200bice"],
  ["blanks at its ends", " alice "],
])("ends the access of a caller whose name has %s for one that only looks like it", (_what, id) => {
  const { access } = world();
  access.revoke(asked({ kind: "subject", target: "alice" }));
  expect(codeOf(() => assertNotRevoked(access, revocableOf(subject({ id }), "s1")))).toBe("access_revoked");
});

test("ends what another enforcement point asked for an actor whose access was ended", () => {
  const { access, holds } = world();
  const beside = { actors: [["https://idp.example", "helper-bot"]], enforcement_point: { id: "envoy" } };
  const asks = holds.open(holdRequest({ binding: { ...binding(), protocol: "authzen", beside } }));
  access.revoke(asked({ kind: "subject", target: "helper-bot" }));
  expect(holds.get(asks.id)?.state).toBe("cancelled");
});

test("wakes a caller that waits under it", async () => {
  const { access, holds } = world();
  const item = holds.open(holdRequest());
  const waiting = holds.settled(item.id, 60_000, new AbortController().signal);
  access.revoke(asked({ kind: "gateway", target: null, reason: "incident" }));
  expect((await waiting).state).toBe("cancelled");
});

test("says that there is no such revocation to lift", () => {
  expect(codeOf(() => world().access.lift("k_unknown", "carol"))).toBe("revocation_unknown");
});
