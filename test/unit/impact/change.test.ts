import type { ApprovalRequirement, Obligation } from "../../../gateway/domain/decision.ts";
import { changeBetween } from "../../../gateway/impact/change.ts";
import {
  type Verdict,
  verdictOf,
  verdictOfList,
  verdictOfRecord,
  verdictOfResult,
} from "../../../gateway/impact/verdict.ts";

const reason = { code: "A", rule: "a/b", message: "m", severity: "low", controls: [] } as const;
const requirement: ApprovalRequirement = {
  require: [{ role: "approver", count: 1 }],
  distinct_from: ["acting_for"],
  approve_within: 900,
  execute_within: 300,
  justification: false,
  scope: "once",
  summary: "Refund 1",
};

function verdict(effect: "allow" | "hold" | "deny", more: Partial<Parameters<typeof verdictOf>[0]> = {}): Verdict {
  const base = { effect, reasons: [reason], obligations: [], approval: null, risk: null, indeterminate: null };
  return verdictOf({ ...base, detail: null, fuel: 1, evaluationUs: 1, ...more });
}

test.each([
  ["deny", "allow", true],
  ["deny", "hold", true],
  ["hold", "allow", true],
  ["allow", "hold", false],
  ["allow", "deny", false],
  ["hold", "deny", false],
] as const)("%s to %s: a widening is %s", (before, after, widens) => {
  expect(changeBetween(verdict(before), verdict(after))).toEqual({ kind: `${before}→${after}`, widens });
});

test("what is shown, or given back, and was not is a widening", () => {
  expect(changeBetween(verdictOfList(false), verdictOfList(true))).toEqual({ kind: "hidden→shown", widens: true });
  const answer = {
    reasons: [],
    redactions: [],
    labels: [],
    indeterminate: null,
    detail: null,
    fuel: 1,
    evaluationUs: 1,
  };
  const [blocked, passed] = [
    verdictOfResult({ ...answer, effect: "block" }),
    verdictOfResult({ ...answer, effect: "pass" }),
  ];
  expect(changeBetween(blocked, passed)).toEqual({ kind: "block→pass", widens: true });
  const labelled = verdictOfResult({ ...answer, effect: "pass", labels: ["read:private"] });
  expect(changeBetween(labelled, passed)).toEqual({ kind: "obligations", widens: true });
  expect(changeBetween(passed, labelled)).toEqual({ kind: "obligations", widens: false });
});

test("the order and the wording of reasons are no change, another code is one that widens nothing", () => {
  const [other, reworded] = [
    { ...reason, code: "B" },
    { ...reason, message: "other words" },
  ];
  const both = verdict("deny", { reasons: [reason, other] });
  expect(changeBetween(both, verdict("deny", { reasons: [other, reworded] }))).toBeNull();
  expect(changeBetween(both, verdict("deny"))).toEqual({ kind: "reasons", widens: false });
});

test.each<[string, Partial<ApprovalRequirement>, boolean]>([
  ["fewer people", { require: [{ role: "approver", count: 0 }] }, true],
  ["other people", { require: [{ role: "anybody", count: 1 }] }, true],
  ["more people", { require: [{ role: "approver", count: 2 }] }, false],
  ["whom it may not be", { distinct_from: [] }, true],
  ["a longer wait", { approve_within: 1_000 }, true],
  ["a shorter time to run", { execute_within: 10 }, false],
  ["a wider permission", { scope: { kind: "uses", uses: 5, seconds: 60, same: "arguments" } }, true],
  ["a proof", { proof: "passkey" }, false],
  ["a justification", { justification: true }, false],
])("a hold that asks for %s", (_what, more, widens) => {
  const [before, after] = [
    verdict("hold", { approval: requirement }),
    verdict("hold", { approval: { ...requirement, ...more } }),
  ];
  expect(changeBetween(before, after)).toEqual({ kind: "approval", widens });
});

test("the summary that people read is no change of a hold", () => {
  const summary = verdict("hold", { approval: { ...requirement, summary: "Refund 2" } });
  expect(changeBetween(verdict("hold", { approval: requirement }), summary)).toBeNull();
});

test("an obligation that is gone widens, one that is new or stricter does not", () => {
  const limit = (max: number): Obligation => ({ type: "limit", key: "subject", per: "1m", max });
  const redact: Obligation = { type: "redact_arguments", pointers: ["/card"] };
  const of = (...obligations: Obligation[]): Verdict => verdict("allow", { obligations });
  expect(changeBetween(of(redact), of())).toEqual({ kind: "obligations", widens: true });
  expect(changeBetween(of(), of(redact))).toEqual({ kind: "obligations", widens: false });
  expect(changeBetween(of(limit(10)), of(limit(20)))).toEqual({ kind: "obligations", widens: true });
  expect(changeBetween(of(limit(20)), of(limit(10)))).toEqual({ kind: "obligations", widens: false });
  const same: Obligation = { type: "redact_arguments", redactions: [{ pointer: "/card" }] };
  expect(changeBetween(of(redact), of(same))).toBeNull();
});

test("what is no longer taken out is a widening, also where people are asked, and beside more that is asked of them", () => {
  const redact: Obligation = { type: "redact_arguments", pointers: ["/card"] };
  const asking = (count: number, ...obligations: Obligation[]): Verdict =>
    verdict("hold", { approval: { ...requirement, require: [{ role: "approver", count }] }, obligations });
  const allowed = verdict("allow", { obligations: [redact] });
  expect(changeBetween(allowed, asking(1))).toEqual({ kind: "allow→hold", widens: true });
  expect(changeBetween(allowed, asking(1, redact))).toEqual({ kind: "allow→hold", widens: false });
  expect(changeBetween(allowed, verdict("deny"))).toEqual({ kind: "allow→deny", widens: false });
  expect(changeBetween(asking(1, redact), asking(2))).toEqual({ kind: "obligations", widens: true });
  expect(changeBetween(asking(1), asking(2, redact))).toEqual({ kind: "approval", widens: false });
});

test("a record says what was answered, except what people were asked for", () => {
  const [held, record] = [
    verdict("hold", { approval: requirement }),
    { effect: "hold", reasons: [{ ...reason, controls: [] }], obligations: [] },
  ];
  const recorded = verdictOfRecord(record) as Verdict;
  expect(changeBetween(recorded, held)).toBeNull();
  expect(verdictOfRecord({ effect: "hold" })).toBeNull();
});
