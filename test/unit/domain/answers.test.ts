import {
  checkDecision,
  checkObligation,
  checkRedaction,
  checkResult,
  MalformedAnswer,
  onlyResult,
} from "../../../gateway/domain/answers.ts";

const allow = { effect: "allow", reasons: [], obligations: [], approval: null, risk: null };
const pass = { effect: "pass", reasons: [], redactions: [], labels: [] };

test("gives back an answer that follows the contract as it is", () => {
  expect(checkDecision(allow)).toBe(allow);
  expect(checkResult(pass)).toBe(pass);
  expect(onlyResult([{ result: allow }])).toBe(allow);
});

test.each<[string, () => unknown, Partial<MalformedAnswer>]>([
  ["an unknown effect", () => checkDecision({ ...allow, effect: "maybe" }), { code: "policy_effect_unknown" }],
  ["an obligation of another type", () => checkObligation({ type: "x" }, "a"), { code: "policy_obligation_unknown" }],
  ["a reason that is none", () => checkDecision({ ...allow, reasons: [1] }), { code: "policy_shape", part: "reasons" }],
  ["another detector", () => checkRedaction({ detector: "x" }, "a/0"), { code: "policy_shape", part: "a" }],
  ["a redact of nothing", () => checkResult({ ...pass, effect: "redact" }), { part: "redactions" }],
  ["no result", () => onlyResult([]), { code: "policy_undefined" }],
])("refuses %s, with its code and part", (_what, check, expected) => {
  expect(check).toThrow(MalformedAnswer);
  expect(check).toThrow(expect.objectContaining(expected));
});
