import { policyChanges } from "../../../gateway/approvals/policy-changes.ts";
import type { Approver, PolicyChange, Requester } from "../../../gateway/domain/ports.ts";
import { testApprovals } from "../../support/approvals/test-approvals.ts";
import { TestClock } from "../../support/builders.ts";

const required = { role: "security", count: 1, when: "always", withinMs: 3_600_000 } as const;
const change: PolicyChange = {
  ...{ revision: "r2", digest: "sha256:2", impact: null },
  before: { revision: "r1", digest: "sha256:1" },
};
const olga: Requester = { account: "id-olga", name: "olga", also: ["olga@example.org"] };
const person = (id: string, name: string, also: string[] = []): Approver => ({
  ...{ id, name, also, roles: ["security"], teams: [], method: "password", evidence: null },
});
const paul = person("id-paul", "paul");

function changes() {
  const clock = new TestClock();
  const approvals = testApprovals({
    clock,
    people: { current: async (id) => ({ name: id.slice(3), roles: ["security"], teams: [], also: [] }) },
  });
  const { store, holds, service } = approvals;
  const made = policyChanges({ required, instance: "gw-1", store, holds, service, clock, ids: approvals.ids });
  const decide = async (id: string, approver: Approver, vote: "approve" | "deny", reason: string | null = null) => {
    const { action_digest } = (await store.get(id))!;
    return service.vote(id, action_digest, approver, { vote, reason });
  };
  return { ...approvals, clock, made, decide };
}

test("who asks for a change cannot approve it, under no name and by no other account's word for them", async () => {
  const { made, decide } = changes();
  const { id, state, by } = await made.ask(change, olga, "wider refunds");
  expect([state, by]).toEqual(["held", "olga"]);
  for (const same of [person("id-olga", "renamed"), person("id-2", "olga"), person("id-3", "o", ["OLGA@example.org"])])
    await expect(decide(id, same, "approve")).rejects.toMatchObject({ code: "approval_self" });
  expect(await made.approved(change)).toBeNull();
  await decide(id, paul, "approve");
  expect(await made.approved(change)).toEqual({ by: "olga", reason: `wider refunds; approved by paul (${id})` });
});

test("an approval is for that archive in the place of that policy; it is used once, and serves gateways of the store while its time runs", async () => {
  const { made, decide, store, clock } = changes();
  const { id } = await made.ask(change, olga, null);
  await decide(id, paul, "approve");
  expect(await made.approved({ ...change, digest: "sha256:3" })).toBeNull();
  expect(await made.approved({ ...change, before: { revision: "r0", digest: "sha256:0" } })).toBeNull();
  expect(await made.approved(change)).toMatchObject({ by: "olga" });
  expect(await store.get(id)).toMatchObject({ state: "delivered", outcome: "the policy r2 became active" });
  expect(await made.approved(change)).toMatchObject({ by: "olga" });
  clock.advance(required.withinMs + 1);
  expect(await made.approved(change)).toBeNull();
});

test("people see in the item what the change is and what it does, and are asked once", async () => {
  const { made, store } = changes();
  const impact = { decisions: 3, widened: 1 } as PolicyChange["impact"];
  const { id } = await made.ask({ ...change, impact }, olga, "ticket 42");
  const { binding, requirement, conditions } = (await store.get(id))!;
  expect(binding.arguments).toEqual({
    ...{ revision: "r2", digest: "sha256:2", before: { revision: "r1", digest: "sha256:1" } },
    ...{ reason: "ticket 42", impact: { decisions: 3, widened: 1 } },
  });
  expect([requirement.require, conditions.revision]).toEqual([[{ role: "security", count: 1 }], "r1"]);
  // Another impact, and another person who asks: it is the same change.
  expect(await made.ask(change, { account: "id-paul", name: "paul", also: [] }, null)).toMatchObject({
    id,
    by: "olga",
  });
});

test("a change that people have denied is not asked about again for as long as the denial counts", async () => {
  const { made, decide, clock } = changes();
  const { id } = await made.ask(change, olga, null);
  await decide(id, paul, "deny", "too wide");
  expect(await made.question(change)).toMatchObject({ id, state: "denied", reason: "too wide" });
  await expect(made.ask(change, olga, "please")).rejects.toMatchObject({
    ...{ code: "policy_change_denied", hint: `${id}: too wide` },
  });
  clock.advance(required.withinMs + 1);
  expect((await made.ask(change, olga, null)).id).not.toBe(id);
});

test("questions about other changes end, and whoever waits for an answer is told of each end", async () => {
  const { made, decide, store } = changes();
  let told = 0;
  const stop = made.watch(() => (told += 1));
  const { id } = await made.ask(change, olga, null);
  await made.supersede("sha256:2");
  expect([told, (await store.get(id))?.state]).toEqual([0, "held"]);
  await made.supersede("sha256:9");
  expect([told, (await store.get(id))?.state]).toEqual([1, "cancelled"]);
  const again = await made.ask(change, olga, null);
  await decide(again.id, paul, "approve");
  expect(told).toBe(2);
  stop();
});
