import { selfTestInput } from "../../../gateway/bundles/golden-cases.ts";
import type { Effect } from "../../../gateway/domain/decision.ts";
import { Replay, type ReplayDeps } from "../../../gateway/impact/replay.ts";
import type { ReadRecord } from "../../../gateway/impact/recorded-call.ts";
import type { JsonObject } from "../../../gateway/lib/json.ts";
import { policyAnswering } from "../decide/support/policies.ts";

const reason = { code: "A", rule: "a/b", message: "m", severity: "low", controls: [] };
const answering = (effect: Effect) =>
  policyAnswering([{ result: { effect, reasons: [reason], obligations: [], approval: null, risk: 0 } }]);

function replay(after: Effect, before: Effect | null = null): Replay {
  const deps: ReplayDeps = {
    before: before === null ? null : answering(before),
    after: answering(after),
    find: () => [],
    limits: { examples: 5, names: 5 },
  };
  return new Replay(deps);
}

function line(effect: string, more: object = {}, input: unknown = selfTestInput("call")): ReadRecord {
  const result = { effect, reasons: [reason], obligations: [], doubt: null };
  const about = { seq: 1, kind: "decision", decision_id: "d_1", timestamp: "2026-01-01T00:00:00.000Z" };
  return logged({ ...about, tool: "crm/find", subject: "bot", result, ...more, input });
}

function logged(record: object): ReadRecord {
  const text = JSON.stringify(record);
  return { record: JSON.parse(text) as JsonObject, line: text, whole: () => text };
}

test("a decision that comes out as it was recorded is the same, another one is counted by its change", () => {
  const judged = replay("deny");
  judged.add(line("deny"));
  judged.add(line("allow"));
  expect(judged.report()).toMatchObject({
    decisions: 2,
    compared: 2,
    same: 1,
    changed: 1,
    widened: 0,
    kinds: [{ kind: "allow→deny", count: 1, tools: [{ name: "crm/find", count: 1 }] }],
  });
});

test("with a policy to compare with, what was recorded does not count", () => {
  const judged = replay("allow", "deny");
  judged.add(line("allow"));
  expect(judged.report()).toMatchObject({ same: 0, changed: 1, widened: 1 });
});

test("what cannot be judged anew is counted apart, and what is no decision is not counted", () => {
  const judged = replay("allow");
  judged.add(logged({ seq: 1, kind: "outcome" }));
  judged.add(line("deny", { result: { effect: "deny", reasons: [], obligations: [], doubt: "token_invalid" } }));
  judged.add(line("allow", {}, null));
  expect(judged.report()).toMatchObject({
    decisions: 2,
    compared: 0,
    changed: 0,
    notCompared: { total: 2, gateway: 1, noInput: 1 },
  });
});
