import { policyChanges } from "../../../gateway/approvals/policy-changes.ts";
import type { Approval } from "../../../gateway/domain/approval.ts";
import type { ApprovalStore, Approver, PolicyChange, Requester } from "../../../gateway/domain/ports.ts";
import type { ChangeApproval } from "../../../gateway/domain/settings.ts";
import { testApprovals } from "../../support/approvals/test-approvals.ts";
import { TestClock } from "../../support/builders.ts";

const required = { role: "security", count: 1, when: "always", withinMs: 3_600_000 } as const;
const change: PolicyChange = {
  revision: "r2",
  digest: "sha256:2",
  impact: null,
  before: { revision: "r1", digest: "sha256:1" },
};
const olga: Requester = { account: "id-olga", name: "olga", also: ["olga@example.org"] };
const person = (id: string, name: string, also: string[] = []): Approver => ({
  id,
  name,
  also,
  roles: ["security"],
  teams: [],
  method: "password",
  evidence: null,
});
const notHere = () => false;
const paul = person("id-paul", "paul");

function changes() {
  const clock = new TestClock();
  const approvals = testApprovals({
    clock,
    people: { current: async (id) => ({ name: id.slice(3), roles: ["security"], teams: [], also: [] }) },
  });
  const { store, holds, service } = approvals;
  const deps = { holds, service, clock, ids: approvals.ids };
  const on = (instance: string, more: Partial<ChangeApproval> = {}, of: Pick<ApprovalStore, "list"> = store) =>
    policyChanges({ ...deps, required: { ...required, ...more }, instance, store: of });
  const made = on("gw-1");
  const decide = async (id: string, approver: Approver, vote: "approve" | "deny", reason: string | null = null) => {
    const { action_digest } = (await store.get(id))!;
    return service.vote(id, action_digest, approver, { vote, reason });
  };
  return { ...approvals, clock, made, on, decide };
}

test("who asks for a change cannot approve it, under no name and by no other account's word for them", async () => {
  const { made, decide } = changes();
  const { id, state, by } = await made.ask(change, olga, "wider refunds");
  expect([state, by]).toEqual(["held", "olga"]);
  for (const same of [person("id-olga", "renamed"), person("id-2", "olga"), person("id-3", "o", ["OLGA@example.org"])])
    await expect(decide(id, same, "approve")).rejects.toMatchObject({ code: "approval_self" });
  expect(await made.approved(change, notHere)).toBeNull();
  await decide(id, paul, "approve");
  expect(await made.approved(change, notHere)).toEqual({
    by: "olga",
    reason: `wider refunds; approved by paul (${id})`,
    approval: id,
  });
});

test("an approval is for that archive in the place of that policy; it is used up, and counts while its time runs where it was not used", async () => {
  const { made, decide, store, clock } = changes();
  const { id } = await made.ask(change, olga, null);
  await decide(id, paul, "approve");
  expect(await made.approved({ ...change, digest: "sha256:3" }, notHere)).toBeNull();
  expect(await made.approved({ ...change, before: { revision: "r0", digest: "sha256:0" } }, notHere)).toBeNull();
  expect(await made.approved(change, notHere)).toMatchObject({ by: "olga" });
  expect(await store.get(id)).toMatchObject({ state: "delivered", outcome: "the policy r2 may become active" });
  expect(await made.approved(change, notHere)).toMatchObject({ by: "olga" });
  expect(await made.approved(change, (used) => used === id)).toBeNull();
  expect((await made.ask(change, olga, null)).id).not.toBe(id);
  clock.advance(required.withinMs + 1);
  expect(await made.approved(change, notHere)).toBeNull();
});

test("an approval that another gateway used counts for none after its time", async () => {
  const { made, on, decide, clock } = changes();
  const { id } = await made.ask(change, olga, null);
  await decide(id, paul, "approve");
  expect(await made.approved(change, notHere)).toMatchObject({ approval: id });
  clock.advance(required.withinMs);
  expect(await on("gw-2").approved(change, notHere)).toBeNull();
});

test("gateways of one store with names of their own share an approval, and none ends what another one asked", async () => {
  const { on, decide, store } = changes();
  const [one, other] = [on("gw-1"), on("gw-2")];
  const { id } = await one.ask(change, olga, null);
  expect(await other.ask(change, olga, "asked again")).toMatchObject({ id });
  await other.supersede("sha256:1");
  expect((await store.get(id))?.state).toBe("held");
  await decide(id, paul, "approve");
  for (const gateway of [other, one]) expect(await gateway.approved(change, notHere)).toMatchObject({ approval: id });
});

test("an approval of other or fewer people than are required now counts for nothing, and its question ends", async () => {
  const { made, on, decide, store } = changes();
  const { id } = await made.ask(change, olga, null);
  await decide(id, paul, "approve");
  const stricter = on("gw-1", { count: 2 });
  expect(await on("gw-2", { role: "board" }).approved(change, notHere)).toBeNull();
  expect((await store.get(id))?.state).toBe("approved");
  expect(await stricter.approved(change, notHere)).toBeNull();
  expect(await store.get(id)).toMatchObject({
    state: "cancelled",
    outcome: "other people have to approve changes of the policy now",
  });
  const used = await made.ask(change, olga, null);
  await decide(used.id, paul, "approve");
  await made.approved(change, notHere);
  expect(await stricter.approved(change, notHere)).toBeNull();
  expect((await stricter.ask(change, olga, null)).id).not.toBe(used.id);
});

test("a used approval that was changed in the store counts for nothing", async () => {
  const { made, on, decide, store } = changes();
  const { id } = await made.ask(change, olga, null);
  await decide(id, paul, "approve");
  await made.approved(change, notHere);
  const item = (await store.get(id))!;
  const other = { ...change, digest: "sha256:3" };
  const changed = {
    ...item,
    binding: { ...item.binding, arguments: { ...item.binding.arguments, digest: other.digest } },
  };
  const reading = (one: Approval) => on("gw-2", {}, { list: () => Promise.resolve([one]) });
  expect(await reading(changed).approved(other, notHere)).toBeNull();
  expect(await reading(item).approved(change, notHere)).toMatchObject({ approval: id });
});

test("people see in the item what the change is and what it does, and are asked once", async () => {
  const { made, store } = changes();
  const impact = { decisions: 3, widened: 1 } as PolicyChange["impact"];
  const { id } = await made.ask({ ...change, impact }, olga, "ticket 42");
  const { binding, requirement, conditions } = (await store.get(id))!;
  expect(binding.arguments).toEqual({
    revision: "r2",
    digest: "sha256:2",
    before: { revision: "r1", digest: "sha256:1" },
    reason: "ticket 42",
    impact: { decisions: 3, widened: 1 },
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
    code: "policy_change_denied",
    hint: `${id}: too wide`,
  });
  clock.advance(required.withinMs + 1);
  expect((await made.ask(change, olga, null)).id).not.toBe(id);
});

test("questions about other changes end, and whoever waits for an answer is told of each end", async () => {
  const { made, decide, store, approvals } = changes();
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
  await made.approved(change, notHere);
  expect([told, (await store.get(again.id))?.state]).toEqual([2, "delivered"]);
  // Another gateway has used it, and this one sees it once that has happened.
  await approvals.events.publish((await store.get(again.id))!);
  expect(told).toBe(3);
  stop();
});
