import {
  coversTool,
  type Lease,
  leaseState,
  mayUse,
  pricesOf,
  toolOutside,
  toolPattern,
  widerIn,
} from "../../../../gateway/domain/lease.ts";
import { decimal } from "../../../../gateway/lib/decimal.ts";
import { catalogFact, route, subject, toolCall } from "../../../support/builders.ts";
import { lease, leaseLimits } from "../../../support/tasks/leases.ts";

test("is open until its time is over or somebody ends it", () => {
  const { limits } = lease();
  expect(leaseState(lease(), limits.until - 1)).toBe("open");
  expect(leaseState(lease(), limits.until)).toBe("expired");
  const end = { at: 0, kind: "closed", by: "ann", reason: "done" } as const;
  expect(leaseState(lease({ end }), 0)).toBe("closed");
});

test("may be used by whom it names, by subject or client, of that issuer alone, and for whom it serves", () => {
  const named = (changes: Partial<Lease>) => mayUse(lease(changes), subject());
  const issuer = "https://idp.example";
  expect(named({})).toBe(true);
  expect(named({ users: [{ issuer: null, subject: "refund-bot", client: null }] })).toBe(true);
  expect(named({ users: [{ issuer, subject: null, client: "refund-bot" }] })).toBe(true);
  expect(named({ users: [{ issuer: "https://other.example", subject: "refund-bot", client: null }] })).toBe(false);
  expect(named({ users: [{ issuer, subject: "other-bot", client: null }] })).toBe(false);
  expect(named({ users: [{ issuer, subject: null, client: "other" }] })).toBe(false);
  expect(mayUse(lease({ users: [{ issuer, subject: null, client: null }] }), subject({ clientId: null }))).toBe(false);
  const forAnn = subject({ actingFor: { id: "ann", claims: {} } });
  expect([mayUse(lease(), forAnn), mayUse(lease({ serves: "ann" }), forAnn)]).toEqual([true, true]);
  expect([mayUse(lease({ serves: "bob" }), forAnn), named({ serves: "bob" })]).toEqual([false, true]);
});

test("covers tools by name or by server, messages to that server, and the gateway's own MCP tasks", () => {
  const call = (changes: object) => toolCall(changes);
  const named = ["payments/create_refund"];
  expect(coversTool(named, call({}))).toBe(true);
  expect(coversTool(["payments/*"], call({}))).toBe(true);
  expect(coversTool(named, call({ name: "create_refund2" }))).toBe(false);
  expect(coversTool(["payments/*"], call({ route: route({ server: "crm" }) }))).toBe(false);
  const message = { resourceType: "server", name: "payments" };
  expect([coversTool(named, call(message)), coversTool(["crm/*"], call(message))]).toEqual([true, false]);
  expect(coversTool(["crm/*"], call({ resourceType: "task", name: "t" }))).toBe(true);
  expect(coversTool(["payments/file:///x"], call({ resourceType: "resource", name: "file:///x" }))).toBe(true);
});

test("a pattern is a server and a tool or all of its tools, in one spelling", () => {
  const good = ["payments/create_refund", "payments/*", "a-b.c/GET", "crm/file:///x"];
  expect(good.filter((pattern) => toolPattern.test(pattern))).toEqual(good);
  const bad = ["*", "*/*", "payments", "payments/", "/x", "Payments/x", "payments/a b", "payments/get_*\n"];
  expect(bad.filter((pattern) => toolPattern.test(pattern))).toEqual([]);
  expect(toolOutside(["payments/x", "crm/y"], ["payments/*", "crm/y"])).toBeNull();
  expect(toolOutside(["payments/*"], ["payments/x", "payments/y"])).toBe("payments/*");
});

describe("a part of a task", () => {
  const whole = lease({
    tools: ["payments/*"],
    targets: ["881", "*.shop.example"],
    serves: "ann",
    limits: leaseLimits({ calls: 10, concurrent: 2, spend: { EUR: "100" } }),
  });
  const part = (changes: Partial<Lease>) => widerIn({ ...whole, ...changes }, whole);
  const limited = (changes: object) => part({ limits: { ...whole.limits, ...changes } });

  it("is narrower when it is the same, or less", () => {
    expect(part({})).toBeNull();
    expect(part({ tools: ["payments/get_order"], targets: ["881"] })).toBeNull();
    expect(limited({ calls: null, concurrent: null, spend: {} })).toBeNull();
    expect(limited({ calls: 10, concurrent: 1, spend: { EUR: "99.99", mails: "5" }, until: 1 })).toBeNull();
  });

  it.each<[string, ReturnType<typeof part>]>([
    ["tools", part({ tools: ["payments/get_order", "crm/find"] })],
    ["targets", part({ targets: ["882"] })],
    ["targets", part({ targets: null })],
    ["serves", part({ serves: "bob" })],
    ["serves", part({ serves: null })],
    ["calls", limited({ calls: 11 })],
    ["concurrent", limited({ concurrent: 3 })],
    ["spend", limited({ spend: { EUR: "100.000000000000000001" } })],
    ["until", limited({ until: whole.limits.until + 1 })],
  ])("is wider in %s, which is said", (dimension, wider) => {
    expect(wider?.dimension).toBe(dimension);
    expect(wider?.why).toMatch(/parent/);
  });
});

test("a call costs what the catalog says, exactly, or what its argument says", () => {
  const of = (price: Record<string, string>, args: object) =>
    pricesOf({ price }, toolCall({ arguments: args as never })).get("EUR");
  expect(of({ EUR: "0.10" }, {})).toBe(decimal("0.1"));
  expect(of({ EUR: "/amount/value" }, { amount: { value: 0.3 } })).toBe(decimal("0.3"));
  expect(of({ EUR: "/amount" }, { amount: "12.50" })).toBe(decimal("12.5"));
  for (const args of [{}, { amount: -1 }, { amount: "a lot" }, { amount: null }, { amount: [1] }])
    expect(of({ EUR: "/amount" }, args)).toBeNull();
  expect(of({ EUR: "" }, {})).toBeNull();
  expect(of({}, {})).toBeUndefined();
  expect(pricesOf(catalogFact({ price: { EUR: "1" } }), toolCall({ resourceType: "server" })).size).toBe(0);
});
