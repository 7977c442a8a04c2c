import { endHeld } from "../../../gateway/approvals/end-held.ts";
import { holds as makeHolds } from "../../../gateway/approvals/holds.ts";
import type { Refusal } from "../../../gateway/domain/errors.ts";
import type { GrantScope } from "../../../gateway/domain/decision.ts";
import { approver, holdRequest, testApprovals } from "../../support/approvals/test-approvals.ts";
import { binding, requirement, subject, toolCall } from "../../support/builders.ts";

const approve = { vote: "approve", reason: null } as const;
const wide: GrantScope = { kind: "uses", uses: 3, seconds: 60, same: "arguments" };

function requestOf(amount: number, changes = {}) {
  return holdRequest({
    binding: binding(toolCall({ arguments: { amount } }), subject()),
    requirement: { ...requirement, ...changes },
  });
}

/** Each result, or the code of the refusal. */
async function settledOf(work: readonly Promise<unknown>[]): Promise<unknown[]> {
  const ended = await Promise.allSettled(work);
  return ended.map((one) => (one.status === "fulfilled" ? one.value : (one.reason as Refusal).code));
}

test("the same call, made many times at once, is one item", async () => {
  const { holds, store } = testApprovals();
  const items = await Promise.all(Array.from({ length: 5 }, () => holds.open(requestOf(1))));
  expect(new Set(items.map(({ id }) => id)).size).toBe(1);
  expect(await store.countAllHeld()).toBe(1);
});

test("calls at once open no more items than an agent may have", async () => {
  const { holds, store } = testApprovals({ perSubject: 3 });
  const opened = await settledOf([1, 2, 3, 4, 5].map((amount) => holds.open(requestOf(amount))));
  expect(opened.filter((one) => one === "approval_flood")).toHaveLength(2);
  expect(await store.countAllHeld()).toBe(3);
});

test("an approval is used once by many at once, and a grant as often as it says, its key once", async () => {
  const { holds, service, grants, clock } = testApprovals();
  const item = await holds.open(requestOf(1, { scope: wide }));
  await service.vote(item.id, item.action_digest, approver, { ...approve, grant: wide });
  const used = await Promise.all(Array.from({ length: 5 }, () => holds.consume(item.id)));
  expect(used.filter(Boolean)).toHaveLength(1);
  const [grant] = await grants.live(item.binding.subject.issuer, item.binding.subject.id, clock.now());
  const keyed = { binding: item.binding, key: "k" };
  const uses = await settledOf(Array.from({ length: 4 }, () => holds.consume(grant?.id ?? "", keyed)));
  expect(uses.toSorted()).toEqual(["idempotency_busy", "idempotency_busy", "idempotency_busy", true].toSorted());
  expect((await grants.get(grant?.id ?? ""))?.uses_left).toBe(1);
});

test("two accounts of one person that vote at once are one vote", async () => {
  const { holds, service } = testApprovals();
  const item = await holds.open(requestOf(1, { require: [{ role: "payments-approver", count: 2 }] }));
  const accounts = [
    { ...approver, id: "one", name: "ann", also: ["ann@example"] },
    { ...approver, id: "two", name: "Ann B", also: ["ann@example"] },
  ];
  const votes = accounts.map((who) => service.vote(item.id, item.action_digest, who, approve));
  expect((await settledOf(votes))[1]).toBe("approval_voted");
  expect(await holds.get(item.id)).toMatchObject({ state: "held", votes: [{ account: "one" }] });
});

test("votes at once are no more than one person may approve in an hour", async () => {
  const { holds, service } = testApprovals({ budgetPerHour: 2 });
  const items = await Promise.all([1, 2, 3, 4].map((amount) => holds.open(requestOf(amount))));
  const votes = items.map((item) => service.vote(item.id, item.action_digest, approver, approve));
  expect((await settledOf(votes)).filter((one) => one === "approval_budget")).toHaveLength(2);
});

test("what is approved while access is ended ends with it, and leaves no grant", async () => {
  const { approvals, holds, service, grants, clock } = testApprovals();
  const items = await Promise.all([1, 2, 3].map((amount) => holds.open(requestOf(amount, { scope: wide }))));
  const votes = items.map((item) => service.vote(item.id, item.action_digest, approver, { ...approve, grant: wide }));
  await Promise.all([
    settledOf(votes),
    endHeld(approvals, () => true, { kind: "gateway", id: "k", reason: "incident" }),
  ]);
  const states = await Promise.all(items.map(async ({ id }) => (await holds.get(id))?.state));
  expect(states).toEqual(["cancelled", "cancelled", "cancelled"]);
  expect(await grants.list({ live: true, now: clock.now(), limit: 9 })).toEqual([]);
});

test("a wait is over at once when the item is decided while the wait begins", async () => {
  const { approvals, service, holds } = testApprovals();
  const item = await holds.open(requestOf(1));
  const read = Promise.withResolvers<void>();
  let reads = 0;
  const slow = {
    ...approvals.store,
    get: async (id: string) => {
      const found = await approvals.store.get(id);
      // The item is read as held, and decided before that is known.
      if (++reads === 1) await read.promise;
      return found;
    },
  };
  const draining = new AbortController().signal;
  const { settled } = makeHolds({ ...approvals, store: slow, perSubject: 9, draining });
  const stopped = new AbortController();
  let state: string | null = null;
  const waiting = settled(item.id, 60_000, stopped.signal).then((after) => (state = after.state));
  await service.vote(item.id, item.action_digest, approver, approve);
  read.resolve();
  await new Promise(setImmediate);
  expect(state).toBe("approved");
  stopped.abort();
  await waiting;
});
