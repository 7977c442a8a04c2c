import { leaseView, taskFact } from "../../../../gateway/domain/lease.ts";
import { decimal } from "../../../../gateway/lib/decimal.ts";
import { catalogFact, toolCall } from "../../../support/builders.ts";
import { inUse, lease, leaseLimits } from "../../../support/tasks/leases.ts";

const { limits } = lease();
const now = limits.until - 60_500;
const euros = (amount: string) => new Map([["EUR", decimal(amount) ?? 0n]]);

test("a call that its task gives has nothing outside", () => {
  expect(taskFact([inUse()], toolCall(), catalogFact(), now)).toEqual({
    id: "t_1",
    purpose: "refund order 881",
    tools: ["payments/*"],
    targets: null,
    serves: null,
    parent: null,
    within: [],
    state: "open",
    expires_in: 60,
    calls_left: null,
    concurrent_left: null,
    spend: [],
    outside: [],
  });
});

test("says the least that the task and those above leave, and names of those above only their ids", () => {
  const below = inUse(
    { parent: "t_0", limits: leaseLimits({ calls: 10, spend: { EUR: "50" } }) },
    { calls: 4, spent: euros("10") },
  );
  const above = inUse(
    { id: "t_0", limits: leaseLimits({ calls: 100, concurrent: 3, spend: { EUR: "100", mails: "2" } }) },
    { calls: 98, concurrent: 1, spent: euros("70.5") },
  );
  const fact = taskFact([below, above], toolCall(), catalogFact({ price: { EUR: "/amount" } }), now);
  expect(fact).toMatchObject({ id: "t_1", parent: "t_0", within: ["t_0"], calls_left: 2, concurrent_left: 2 });
  expect(fact.spend).toEqual([
    { unit: "EUR", left: "29.5", price: "120" },
    { unit: "mails", left: "2", price: "0" },
  ]);
  expect(fact.outside).toEqual([{ dimension: "spend", at: "EUR" }]);
});

test("names every dimension in which the call is outside", () => {
  const narrow = inUse(
    { tools: ["crm/*"], targets: ["882"], limits: leaseLimits({ calls: 1, spend: { EUR: "200" } }) },
    { calls: 1 },
  );
  const catalog = catalogFact({ target: ["/order_id"], price: { EUR: "/none" } });
  expect(taskFact([narrow], toolCall(), catalog, now).outside).toEqual([
    { dimension: "tools", at: null },
    { dimension: "targets", at: "/order_id" },
    { dimension: "calls", at: null },
    { dimension: "spend", at: "EUR" },
  ]);
});

test("messages to a server count for nothing, also when nothing is left", () => {
  const used = inUse({ limits: leaseLimits({ calls: 1 }) }, { calls: 1 });
  const message = toolCall({ resourceType: "server", name: "payments" });
  expect(taskFact([used], message, catalogFact(), now)).toMatchObject({ calls_left: 0, outside: [] });
});

test("is seen with its limits and what it has used, and how it ended", () => {
  const end = { at: now, kind: "closed", by: "ann", reason: "done" } as const;
  const view = leaseView(inUse({ end, limits: leaseLimits({ calls: 3 }) }, { calls: 2, spent: euros("1.50") }), now);
  expect(view).toMatchObject({
    id: "t_1",
    state: "closed",
    ends_at: new Date(limits.until).toISOString(),
    limits: { calls: 3, concurrent: null, spend: {} },
    used: { calls: 2, concurrent: 0, spend: { EUR: "1.5" } },
    ended: { at: new Date(now).toISOString(), by: "ann", reason: "done" },
  });
});
