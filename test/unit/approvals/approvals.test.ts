import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { actionDigest } from "../../../gateway/approvals/digests.ts";
import { reportInterrupted } from "../../../gateway/approvals/expiry.ts";
import type { Refusal } from "../../../gateway/domain/errors.ts";
import type { Answer } from "../../../gateway/domain/ports.ts";
import { Connection } from "../../../gateway/store/connection.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { approver, holdRequest, testApprovals } from "../../support/approvals/test-approvals.ts";
import { binding, requirement, subject, TestClock, toolCall } from "../../support/builders.ts";

const never = new AbortController().signal;
let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "approvals-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

function approvals(perSubject = 10) {
  const clock = new TestClock();
  return {
    ...testApprovals({ connection: new Connection(openDatabase(join(dir, "store.db"))), clock, perSubject }),
    clock,
  };
}

function request(bound = binding(), required = requirement) {
  return holdRequest({ binding: bound, requirement: required });
}

function stateOf(answer: Answer | null): string {
  return answer?.kind === "approval" ? answer.approval.state : "none";
}

async function codeOf(act: () => unknown): Promise<string> {
  try {
    await act();
  } catch (thrown) {
    return (thrown as Refusal).code;
  }
  return "none";
}

test("attaches the same call to the same item and another argument to another", async () => {
  const { holds } = approvals();
  const first = await holds.open(request());
  expect((await holds.open(request())).id).toBe(first.id);
  expect((await holds.open(request(binding(toolCall({ arguments: { amount: 121, order_id: "881" } }))))).id).not.toBe(
    first.id,
  );
});

test.each([
  ["arguments", toolCall({ arguments: { amount: 120.5, order_id: "881" } }), subject()],
  ["tool", toolCall({ name: "delete_refund" }), subject()],
  ["method", toolCall({ request: { ...toolCall().request, method: "PUT" } }), subject()],
  ["path", toolCall({ request: { ...toolCall().request, path: "/v2/refunds" } }), subject()],
  ["query", toolCall({ request: { ...toolCall().request, query: [["dry_run", "1"]] } }), subject()],
  ["origin", toolCall({ request: { ...toolCall().request, origin: "http://127.0.0.1:2" } }), subject()],
  ["header", toolCall({ request: { ...toolCall().request, headers: [["x-dry-run", "1"]] } }), subject()],
  ["request state", toolCall({ beside: { requestState: "x" } }), subject()],
  ["subject", toolCall(), subject({ id: "other-bot" })],
  ["issuer", toolCall(), subject({ issuer: "https://other.example" })],
  ["person behind it", toolCall(), subject({ actingFor: { id: "someone", claims: {} } })],
  ["key", toolCall(), subject({ proof: { method: "dpop", key: "thumb" } })],
])("does not fit an approval to a call with another %s", async (_field, call, who) => {
  const { holds } = approvals();
  const item = await holds.open(request());
  expect(holds.sameCall(item, binding())).toBe(true);
  expect(holds.sameCall(item, binding(call, who))).toBe(false);
  const found = await holds.forCall({ issuer: who.issuer, id: who.id }, () => binding(call, who));
  // What stands on the gateway's side may change under the same request: then people are asked again, see drift.test.ts.
  expect(found === null || (found.kind === "approval" && !holds.sameCall(found.approval, binding(call, who)))).toBe(
    true,
  );
});

test("approves with a vote over the very digest and is used exactly once", async () => {
  const { holds, service } = approvals();
  const item = await holds.open(request());
  expect(await codeOf(() => service.vote(item.id, "sha256:other", approver, { vote: "approve", reason: null }))).toBe(
    "approval_mismatch",
  );
  expect((await service.vote(item.id, item.action_digest, approver, { vote: "approve", reason: null })).state).toBe(
    "approved",
  );
  expect([await holds.consume(item.id), await holds.consume(item.id)]).toEqual([true, false]);
  await holds.finish(item.id, "delivered", "status 201");
  expect((await holds.get(item.id))?.state).toBe("delivered");
  expect((await holds.open(request())).id).not.toBe(item.id);
});

test.each([
  ["call", "$.binding.path", "/v2/refunds"],
  ["seal", "$.seal.nonce", "n_other"],
])("releases nothing when the %s of an approved item was changed in the store", async (_what, path, value) => {
  const { holds, service } = approvals();
  const item = await holds.open(request());
  await service.vote(item.id, item.action_digest, approver, { vote: "approve", reason: null });
  const file = openDatabase(join(dir, "store.db"));
  file.prepare("UPDATE approvals SET body = json_set(body, ?, ?)").run(path, value);
  file.close();
  expect([await holds.consume(item.id), (await holds.get(item.id))?.state]).toEqual([false, "approved"]);
});

test("seals two holds of the same call with different digests", async () => {
  const { holds, service } = approvals();
  const first = await holds.open(request());
  await service.vote(first.id, first.action_digest, approver, { vote: "approve", reason: null });
  await holds.consume(first.id);
  const second = await holds.open(request());
  expect(second.call_digest).toBe(first.call_digest);
  expect(second.action_digest).not.toBe(first.action_digest);
  expect(actionDigest(second.binding, second.seal)).toBe(second.action_digest);
});

test("refuses votes of the requester, of the person behind it, of strangers and of the same person twice", async () => {
  const { holds, service } = approvals();
  const two = { ...requirement, require: [{ role: "payments-approver", count: 2 }] };
  const item = await holds.open(
    request(binding(toolCall(), subject({ actingFor: { id: "someone", claims: {} } })), two),
  );
  const vote = (id: string, roles = ["payments-approver"]) =>
    codeOf(() =>
      service.vote(
        item.id,
        item.action_digest,
        { ...approver, id, name: id, roles },
        { vote: "approve", reason: null },
      ),
    );
  expect(await vote("refund-bot")).toBe("approval_self");
  expect(await vote("someone")).toBe("approval_self");
  expect(await vote("stranger", ["other"])).toBe("approval_role");
  expect(await vote("first")).toBe("none");
  expect(await vote("first")).toBe("approval_voted");
  expect((await holds.get(item.id))?.state).toBe("held");
  expect(await vote("second")).toBe("none");
  expect((await holds.get(item.id))?.state).toBe("approved");
});

test.each([
  ["a variation selector", "someone\uFE0F"],
  ["a combining grapheme joiner", "some\u034Fone"],
  ["a Braille blank", "someone\u2800"],
  ["a blank at the end", "someone "],
  ["Cyrillic letters", "s\u043Em\u0435\u043En\u0435"],
])("refuses the vote of a requester whose name differs in %s alone, on either side", async (_what, alike) => {
  const { holds, service } = approvals();
  const cast = async (actingFor: string, name: string) => {
    const item = await holds.open(request(binding(toolCall(), subject({ actingFor: { id: actingFor, claims: {} } }))));
    const voter = { ...approver, id: name, name };
    return codeOf(() => service.vote(item.id, item.action_digest, voter, { vote: "approve", reason: null }));
  };
  expect([await cast("someone", alike), await cast(alike, "someone")]).toEqual(["approval_self", "approval_self"]);
});

test("refuses the vote of somebody who acted in between the caller and whom it acts for", async () => {
  const { holds, service } = approvals();
  const through = subject({ actingFor: { id: "alice", claims: {} }, actorChain: ["refund-bot", "carol", "dave"] });
  const item = await holds.open(request(binding(toolCall(), through)));
  const vote = (name: string) => () =>
    service.vote(item.id, item.action_digest, { ...approver, id: name, name }, { vote: "approve", reason: null });
  for (const name of ["carol", "Dave"]) expect(await codeOf(vote(name))).toBe("approval_self");
  expect(await codeOf(vote("erin"))).toBe("none");
  const others = subject({ actingFor: { id: "alice", claims: {} }, actorChain: ["refund-bot", "dave"] });
  expect(await holds.forCall(others, () => binding(toolCall(), others))).toBeNull();
});

test("counts one person for one place only when several roles are needed", async () => {
  const { holds, service } = approvals();
  const both = {
    ...requirement,
    require: [
      { role: "a", count: 1 },
      { role: "b", count: 1 },
    ],
  };
  const item = await holds.open(request(binding(), both));
  await service.vote(
    item.id,
    item.action_digest,
    { ...approver, id: "one", name: "one", roles: ["a", "b"] },
    { vote: "approve", reason: null },
  );
  expect((await holds.get(item.id))?.state).toBe("held");
  await service.vote(
    item.id,
    item.action_digest,
    { ...approver, id: "two", name: "two", roles: ["a"] },
    { vote: "approve", reason: null },
  );
  expect((await holds.get(item.id))?.state).toBe("approved");
});

test("denies only with a reason, and the refusal stands until its first clock runs out", async () => {
  const { holds, service, clock } = approvals();
  const item = await holds.open(request());
  expect(await codeOf(() => service.vote(item.id, item.action_digest, approver, { vote: "deny", reason: "  " }))).toBe(
    "approval_reason_missing",
  );
  expect(
    (await service.vote(item.id, item.action_digest, approver, { vote: "deny", reason: "wrong order" })).state,
  ).toBe("denied");
  const again = async () =>
    stateOf(await holds.forCall({ issuer: "https://idp.example", id: "refund-bot" }, () => binding()));
  expect(await again()).toBe("denied");
  clock.advance(900_000);
  expect(await again()).toBe("none");
});

test("expires by both clocks and can then be neither approved nor used", async () => {
  const { holds, service, clock } = approvals();
  const late = await holds.open(request());
  clock.advance(900_000);
  expect(
    await codeOf(() => service.vote(late.id, late.action_digest, approver, { vote: "approve", reason: null })),
  ).toBe("approval_closed");
  const item = await holds.open(request());
  await service.vote(item.id, item.action_digest, approver, { vote: "approve", reason: null });
  clock.advance(300_000);
  expect(await holds.consume(item.id)).toBe(false);
  expect((await holds.get(item.id))?.state).toBe("expired");
});

test("caps what one agent may have waiting, so that a flood of cards is refused", async () => {
  const { holds } = approvals(2);
  const nth = (amount: number) => binding(toolCall({ arguments: { amount, order_id: "881" } }));
  await holds.open(request(nth(1)));
  await holds.open(request(nth(2)));
  expect(await codeOf(() => holds.open(request(nth(3))))).toBe("approval_flood");
  expect(await codeOf(() => holds.open(request(nth(2))))).toBe("none");
});

test("wakes a waiting caller when people decide, and lets it go when it leaves or time is up", async () => {
  const { holds, service } = approvals();
  const item = await holds.open(request());
  const decided = holds.settled(item.id, 60_000, never);
  await service.vote(item.id, item.action_digest, approver, { vote: "approve", reason: null });
  expect((await decided).state).toBe("approved");
  const other = await holds.open(request(binding(toolCall({ arguments: { amount: 7, order_id: "1" } }))));
  expect((await holds.settled(other.id, 20, never)).state).toBe("held");
  const leaving = new AbortController();
  const left = holds.settled(other.id, 60_000, leaving.signal);
  leaving.abort();
  expect((await left).state).toBe("held");
});

test("reports what was released and has no outcome as unknown after a crash, and never releases it again", async () => {
  const before = approvals();
  const item = await before.holds.open(request());
  await before.service.vote(item.id, item.action_digest, approver, { vote: "approve", reason: null });
  await before.holds.consume(item.id);
  const after = approvals();
  const told: string[] = [];
  await (
    await reportInterrupted(after.approvals, ({ id }) => told.push(id), [])
  )();
  expect(told).toEqual([item.id]);
  expect((await after.holds.get(item.id))?.state).toBe("unknown");
  expect(await after.holds.consume(item.id)).toBe(false);
});

test("keeps a held item and its votes across a restart", async () => {
  const two = { ...requirement, require: [{ role: "payments-approver", count: 2 }] };
  const before = approvals();
  const item = await before.holds.open(request(binding(), two));
  await before.service.vote(item.id, item.action_digest, approver, { vote: "approve", reason: "looks right" });
  const found = await approvals().holds.get(item.id);
  expect(found).toMatchObject({ id: item.id, state: "held", action_digest: item.action_digest });
  expect(found?.votes.map((vote) => [vote.approver, vote.reason])).toEqual([["approver", "looks right"]]);
});
