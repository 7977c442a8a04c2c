import type { Case } from "./cases.ts";
import { disagreement, unwanted } from "./judge.ts";
import { staleExceptions, tally } from "./tally.ts";

const base: Case = {
  note: "n",
  group: "g",
  wasm: null,
  input: null,
  sort_bindings: false,
  strict_error: false,
  want_defined: null,
  want_result: null,
  want_error: false,
  want_error_code: null,
  opa: { rows: [] },
};

test("takes sets for arrays where the case was written in JSON, but not where OPA itself answers", () => {
  const wanting = { ...base, want_result: '[{"x":[1,2]}]', opa: { rows: [{ x: "{1,2}" }] } };
  expect(unwanted(wanting, { rows: '{{"x":{2,1}}}' })).toBeNull();
  expect(disagreement(wanting, { rows: '{{"x":{2,1}}}' })).toBeNull();
  expect(unwanted(wanting, { rows: '{{"x":[2,1]}}' })).toContain("wanted");
  expect(disagreement(wanting, { rows: '{{"x":[1,2]}}' })).toContain("OPA answers");
});

test("lets the order within a binding count unless the case says otherwise", () => {
  const wanting = { ...base, want_result: '[{"x":[1,2]}]', opa: { rows: [{ x: "[1,2]" }] } };
  const other = { rows: '{{"x":[2,1]}}' };
  expect([unwanted(wanting, other), disagreement(wanting, other)]).not.toContain(null);
  const loose = { ...wanting, sort_bindings: true };
  expect([unwanted(loose, other), disagreement(loose, other)]).toEqual([null, null]);
});

test("keeps the digits of large numbers apart", () => {
  const wanting = { ...base, want_result: '[{"x":12345678901234567891}]' };
  expect(unwanted(wanting, { rows: '{{"x":12345678901234567890}}' })).toContain("wanted");
});

test("wants an empty result for a strict error, a conflict for a conflict, and no fault otherwise", () => {
  const strict = { ...base, want_error: true, strict_error: true };
  expect(unwanted(strict, { rows: "set()" })).toBeNull();
  expect(unwanted(strict, { rows: '{{"x":1}}' })).not.toBeNull();
  const conflict = { ...base, want_error: true, want_error_code: "eval_conflict_error", opa: { rows: null } };
  expect(unwanted(conflict, { fault: "policy_conflict", detail: "" })).toBeNull();
  expect(unwanted(conflict, { fault: "policy_threw", detail: "" })).not.toBeNull();
  expect(disagreement(conflict, { rows: "set()" })).not.toBeNull();
  expect(unwanted(base, { fault: "policy_threw", detail: "" })).not.toBeNull();
});

test("counts exceptions apart and names the stale ones", () => {
  const verdicts = [
    { note: "a", group: "g", unwanted: null, disagreement: null },
    { note: "b", group: "g", unwanted: "no", disagreement: "no" },
    { note: "c", group: "g", unwanted: "no", disagreement: "no" },
  ];
  const exceptions = new Map([
    ["a", "why"],
    ["b", "why"],
  ]);
  expect(tally(verdicts, exceptions)).toEqual({ cases: 3, passed: 1, exceptions: 1, unexplained: 1, disagreements: 1 });
  expect(staleExceptions(verdicts, exceptions)).toEqual(["a"]);
});
