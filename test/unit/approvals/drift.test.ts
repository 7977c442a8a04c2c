import type { ActionBinding, ConditionsNow } from "../../../gateway/domain/approval.ts";
import { approvalFact } from "../../../gateway/gather/approval-fact.ts";
import type { Refusal } from "../../../gateway/domain/errors.ts";
import { approver, holdRequest, testApprovals } from "../../support/approvals/test-approvals.ts";
import { binding, subject } from "../../support/builders.ts";

const calm: ConditionsNow = { labels: ["read:public"], risk: 0.2, revision: "r1", thresholds: [0.6, 0.9] };

async function world() {
  const made = testApprovals();
  const item = await made.holds.open(holdRequest({ conditions: calm, idempotencyKey: "k1" }));
  await made.service.vote(item.id, item.action_digest, approver, { vote: "approve", reason: null });
  const ask = (changes: Partial<ActionBinding>, conditions = calm, resumed: string | null = null, key?: string) =>
    approvalFact(
      made.holds,
      {
        subject: subject(),
        binding: () => ({ ...binding(), ...changes }),
        conditions,
        resumed,
        idempotencyKey: key ?? null,
        hasResult: () => false,
      },
      made.clock.now(),
    );
  return { ...made, item, ask };
}

test("answers the same call under the same conditions with the approval", async () => {
  const { ask, item } = await world();
  expect(await ask({})).toMatchObject({ approval: { status: "approved", id: item.id, scope: "once" }, drift: null });
  expect(await ask({}, { ...calm, risk: 0.1, labels: [], revision: "r2" })).toMatchObject({ drift: null });
  expect(await ask({}, { ...calm, risk: 0.59 })).toMatchObject({ drift: null });
  const forgotten = { ...calm, labels: ["read:public", "provenance:forgotten"] };
  expect(await ask({}, forgotten)).toMatchObject({ drift: null });
});

test.each<[string, Partial<ActionBinding>, ConditionsNow, object]>([
  ["the tool's definition", { definition_digest: "sha256:new" }, calm, { what: "definition_digest", before: null }],
  ["where it is forwarded to", { origin: "http://10.0.0.1" }, calm, { what: "origin", after: "http://10.0.0.1" }],
  ["its sensitivity", { sensitivity: "high" }, calm, { what: "sensitivity", before: "medium", after: "high" }],
  ["whether it can be undone", { reversible: true }, calm, { what: "reversible", before: false }],
  ["who answers for the agent", { agent_owner: "dan" }, calm, { what: "agent_owner", after: "dan" }],
  ["the session's labels", {}, { ...calm, labels: ["read:public", "read:private"] }, { what: "labels" }],
  ["the risk", {}, { ...calm, risk: 0.6 }, { what: "risk", before: 0.2, after: 0.6 }],
])("is no approval any more when %s has changed, and says what did", async (_what, changes, conditions, change) => {
  const { ask, item } = await world();
  for (const resumed of [null, item.id])
    expect(await ask(changes, conditions, resumed)).toMatchObject({
      approval: { status: "none" },
      drift: { id: item.id, changes: [expect.objectContaining(change)] },
    });
});

test("asks people again with the change on the card, and the old item is over", async () => {
  const { ask, item, holds, service } = await world();
  const { drift } = await ask({ definition_digest: "sha256:new" });
  const again = await holds.open(
    holdRequest({ binding: { ...binding(), definition_digest: "sha256:new" }, replaces: drift, conditions: calm }),
  );
  expect(again.id).not.toBe(item.id);
  expect(again.replaces).toEqual(drift);
  expect(await holds.get(item.id)).toMatchObject({
    state: "drifted",
    outcome: "changed since people were asked: definition_digest",
  });
  expect(await holds.consume(item.id)).toBe(false);
  await service.vote(again.id, again.action_digest, approver, { vote: "approve", reason: null });
  expect((await ask({ definition_digest: "sha256:new" })).approval).toMatchObject({ status: "approved", id: again.id });
});

test("is a mismatch, never an approval, when the named item is about another request", async () => {
  const { ask, item } = await world();
  expect((await ask({ arguments: { amount: 121, order_id: "881" } }, calm, item.id)).approval).toMatchObject({
    status: "mismatch",
    id: item.id,
  });
});

test("names no item as used for a call that has changed since", async () => {
  const { holds, item } = await world();
  await holds.consume(item.id);
  expect(await holds.used(binding())).toMatchObject({ id: item.id });
  expect(await holds.used({ ...binding(), definition_digest: "sha256:new" })).toBeNull();
});

test("refuses an Idempotency-Key that comes with another request, runs now or has run", async () => {
  const { ask, item, holds } = await world();
  const code = async (changes: Partial<ActionBinding>): Promise<string> => {
    try {
      return (await ask(changes, calm, null, "k1")).approval.status;
    } catch (thrown) {
      return (thrown as Refusal).code;
    }
  };
  expect(await code({})).toBe("approved");
  expect(await code({ arguments: { amount: 121, order_id: "881" } })).toBe("idempotency_reused");
  await holds.consume(item.id);
  expect(await code({})).toBe("idempotency_busy");
  await holds.finish(item.id, "delivered", "status 200");
  expect(await code({})).toBe("approval_consumed");
});
