import fc from "fast-check";
import { type ActionBinding, covers, within } from "../../../../gateway/domain/approval.ts";
import type { GrantScope } from "../../../../gateway/domain/decision.ts";
import type { JsonObject } from "../../../../gateway/lib/json.ts";
import { binding } from "../../../support/builders.ts";

const scope = (changes: Partial<GrantScope> = {}): GrantScope => ({
  kind: "uses",
  uses: 5,
  seconds: 60,
  same: "arguments",
  ...changes,
});
const call = (changes: Partial<ActionBinding> = {}): ActionBinding => ({ ...binding(), ...changes });

test("covers the same call again, in any session, when it is for so many uses", () => {
  expect(covers({ binding: call(), scope: scope() }, call())).toBe(true);
  expect(covers({ binding: call(), scope: scope() }, call({ session: "s2" }))).toBe(true);
});

test("covers only its own session or task when it is for one", () => {
  const session = { binding: call(), scope: scope({ kind: "session" }) };
  expect(covers(session, call())).toBe(true);
  expect(covers(session, call({ session: "s2" }))).toBe(false);
  expect(covers(session, call({ session_trust: "self" }))).toBe(false);
  const task = scope({ kind: "task" });
  expect(covers({ binding: call(), scope: task }, call())).toBe(false);
  expect(covers({ binding: call({ task: "t1" }), scope: task }, call({ task: "t1" }))).toBe(true);
  expect(covers({ binding: call({ task: "t1" }), scope: task }, call({ task: "t2" }))).toBe(false);
});

test("covers no call whose bound headers differ, whatever the scope", () => {
  const at = (value: string) => call({ headers: [["accept", value]] });
  for (const kind of ["uses", "session", "until"] as const)
    expect(covers({ binding: at("application/json"), scope: scope({ kind }) }, at("text/csv"))).toBe(false);
});

test.each<[string, [string, string][], object, [string, string][], object]>([
  ["the body's member missing", [], { to: "a", n: 1 }, [["to", "a"]], { to: "a", n: 2 }],
  ["another spelling in the query", [["to", "a"]], { to: "a" }, [["TO", "a"]], { to: "a" }],
  ["a part of it in the query", [], { to: { x: "a" } }, [["to[x]", "a"]], { to: { x: "a" } }],
  [
    "it in the query twice",
    [["to", "a"]],
    { to: "a" },
    [
      ["to", "a"],
      ["to", "a"],
    ],
    { to: "a" },
  ],
])("covers no call with %s, when that argument must be the same", (_what, query, before, otherQuery, after) => {
  const given = call({ query, arguments: before as JsonObject });
  const some = { binding: given, scope: scope({ same: ["/to"] }) };
  expect(covers(some, call({ query: otherQuery, arguments: after as JsonObject }))).toBe(false);
  expect(covers(some, given)).toBe(true);
});

test("covers another query beside an argument that must be the same", () => {
  const some = {
    binding: call({ query: [["page", "1"]], arguments: { to: "a", page: "1" } }),
    scope: scope({ same: ["/to"] }),
  };
  expect(covers(some, call({ query: [["page", "2"]], arguments: { to: "a", page: "2" } }))).toBe(true);
});

test("covers other arguments only beside those that must be the same", () => {
  const some = { binding: call(), scope: scope({ same: ["/order_id"] }) };
  expect(covers(some, call({ arguments: { order_id: "881", amount: 7 } }))).toBe(true);
  expect(covers(some, call({ arguments: { order_id: "882", amount: 120 } }))).toBe(false);
  expect(covers(some, call({ arguments: { amount: 120 } }))).toBe(false);
  expect(covers(some, call({ arguments: null }))).toBe(false);
  const unnamed = { binding: call(), scope: scope({ same: ["/nothing"] }) };
  expect(covers(unnamed, call())).toBe(false);
});

const changed: Partial<ActionBinding>[] = [
  { subject: { issuer: "https://idp.example", id: "other-bot", key: null } },
  { subject: { issuer: "https://idp.example", id: "refund-bot", key: "thumb" } },
  { acting_for: "someone" },
  { agent_owner: "someone" },
  { route: "other" },
  { method: "PUT" },
  { origin: "http://127.0.0.1:2" },
  { headers: [["x-dry-run", "1"]] },
  { content_type: "text/plain" },
  { action: "prompts/get" },
  { tool: "payments/delete_refund" },
  { definition_digest: "sha256:1" },
  { body_digest: "sha256:1" },
  { beside: { requestState: "x" } },
  { sensitivity: "high" },
  { reversible: true },
];

test.each(changed)("never covers a call with another %j", (change) => {
  for (const same of ["arguments", ["/order_id"]] as const)
    expect(covers({ binding: call(), scope: scope({ same }) }, call(change))).toBe(false);
});

test("a narrower scope is within a wider one, and never the other way round", () => {
  expect(within(scope(), scope())).toBe(true);
  expect(within(scope({ uses: 4, seconds: 30 }), scope())).toBe(true);
  expect(within(scope({ same: "arguments" }), scope({ same: ["/order_id"] }))).toBe(true);
  expect(within(scope({ same: ["/order_id", "/amount"] }), scope({ same: ["/order_id"] }))).toBe(true);
  for (const wider of [{ uses: 6 }, { seconds: 61 }, { kind: "until" as const }, { same: ["/order_id"] }])
    expect(within(scope(wider), scope())).toBe(false);
  expect(within(scope({ same: [] }), scope({ same: ["/order_id"] }))).toBe(false);
});

test("what is within a scope covers no call that the scope does not", () => {
  const pointers = fc.subarray(["/order_id", "/amount"]);
  const same = fc.oneof(fc.constant("arguments" as const), pointers);
  const call2 = fc.record({ order_id: fc.constantFrom("881", "882"), amount: fc.constantFrom(120, 7) });
  fc.assert(
    fc.property(same, same, call2, (narrow, wide, args) => {
      fc.pre(within(scope({ same: narrow }), scope({ same: wide })));
      const other = call({ arguments: args });
      const [a, b] = [narrow, wide].map((one) => covers({ binding: call(), scope: scope({ same: one }) }, other));
      expect(a === true && b === false).toBe(false);
    }),
  );
});
