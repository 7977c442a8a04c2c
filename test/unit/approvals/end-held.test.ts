import { countHeld, endHeld, whyOf } from "../../../gateway/approvals/end-held.ts";
import type { EndedBy } from "../../../gateway/domain/revocation.ts";
import { approver, holdRequest, testApprovals } from "../../support/approvals/test-approvals.ts";
import { binding, requirement, toolCall } from "../../support/builders.ts";

const by: EndedBy = { kind: "client", id: "k_1", reason: "leaked" };
const scope = { kind: "uses", uses: 3, seconds: 600, same: "arguments" } as const;

async function world() {
  const made = testApprovals();
  const of = (amount: number, client: string, more: object = {}) =>
    made.holds.open(
      holdRequest({
        binding: binding(toolCall({ arguments: { amount } })),
        context: { agent: { client_id: client }, session: { id: `s${amount}`, trust: "self" } },
        ...more,
      }),
    );
  return { ...made, of };
}

const ofClient = ({ client }: { readonly client: string | null }): boolean => client === "leaked-client";

test("ends what is held for a client that only the card knows, keeps what ended it, and counts it", async () => {
  const { approvals, holds, of } = await world();
  const [mine, other] = [await of(1, "leaked-client"), await of(2, "other-client")];
  expect(await countHeld(approvals, ofClient)).toMatchObject({ held: 1, grants: 0 });
  expect(await endHeld(approvals, ofClient, by)).toMatchObject({ held: 1, grants: 0, of: { size: 1 } });
  expect(await holds.get(mine.id)).toMatchObject({
    state: "cancelled",
    ended_by: by,
    outcome: "the client was revoked: leaked",
  });
  expect((await holds.get(other.id))?.state).toBe("held");
  expect(await endHeld(approvals, ofClient, by)).toMatchObject({ held: 0 });
});

test("ends the grants of a client, by the card of the call that they were given for", async () => {
  const { approvals, service, grantService, of } = await world();
  const wide = await of(1, "leaked-client", { requirement: { ...requirement, scope } });
  await service.vote(wide.id, wide.action_digest, approver, { vote: "approve", reason: null, grant: scope });
  expect(await countHeld(approvals, ofClient)).toMatchObject({ held: 1, grants: 1 });
  expect(await endHeld(approvals, ofClient, by)).toMatchObject({ held: 1, grants: 1 });
  expect(await grantService.list({ live: true, limit: 9 })).toEqual([]);
});

test("counts no grants but those that match", async () => {
  const { approvals, service, of } = await world();
  for (const [amount, client] of [
    [1, "leaked-client"],
    [2, "other-client"],
  ] as const) {
    const wide = await of(amount, client, { requirement: { ...requirement, scope } });
    await service.vote(wide.id, wide.action_digest, approver, { vote: "approve", reason: null, grant: scope });
  }
  expect(await countHeld(approvals, ofClient)).toMatchObject({ held: 1, grants: 1, of: { length: 2 } });
});

test("a grant that is for no session in particular outlives the end of one", async () => {
  const { approvals, service, of } = await world();
  const wide = await of(1, "cli", { requirement: { ...requirement, scope } });
  await service.vote(wide.id, wide.action_digest, approver, { vote: "approve", reason: null, grant: scope });
  const ended = await endHeld(approvals, ({ sessions }) => sessions.includes("s1"), { ...by, kind: "session" });
  expect(ended).toMatchObject({ held: 1, grants: 0 });
});

test("writes nothing where nothing is open", async () => {
  const { approvals } = await world();
  const store = { ...approvals.store, atomically: () => Promise.reject(new Error("written")) };
  expect(await endHeld({ ...approvals, store }, () => true, by)).toEqual({});
});

test("the receipt of what ended says what ended it", async () => {
  const { approvals, kept, of } = await world();
  const { id } = await of(1, "leaked-client");
  await endHeld(approvals, ofClient, by);
  const [receipt] = await kept.of(id);
  expect(JSON.parse(receipt?.jws ?? "")).toMatchObject({ state: "cancelled", ended_by: by });
});

test.each<[EndedBy["kind"], RegExp]>([
  ["gateway", /^all calls were stopped: x$/],
  ["limit", /^a limit was used up: x$/],
  ["signal", /^a signal from outside: x$/],
  ["token", /^the token ended: x$/],
  ["task", /^the task ended: x$/],
])("tells the end by a %s in words", (kind, text) => {
  expect(whyOf({ kind, id: null, reason: "x" })).toMatch(text);
});
