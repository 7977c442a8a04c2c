import fc from "fast-check";
import { checkAnswer, decide, judgeResult, visible } from "../../../gateway/decide/decide.ts";
import { argumentRedactions } from "../../../gateway/domain/decision.ts";
import { PolicyFault } from "../../../gateway/domain/ports.ts";
import { inputOf } from "./support/compile-rego.ts";
import { policyAnswering, policyThat } from "./support/policies.ts";

const input = inputOf({});
const reason = { code: "ENTITLED", message: "may", rule: "entitlements/role", severity: "low", controls: ["ASI03"] };
const allow = {
  effect: "allow",
  reasons: [reason],
  obligations: [{ type: "label_session", labels: ["read:private"] }],
  approval: null,
  risk: 0.5,
};
const approval = {
  require: [{ role: "payments-approver", count: 1 }],
  distinct_from: ["acting_for"],
  approve_within: 900,
  execute_within: 300,
  justification: true,
  scope: "once",
  summary: "Refund 120.00 EUR",
};
const hold = { ...allow, effect: "hold", obligations: [], approval };
const judged = (result: unknown) => decide(policyAnswering([{ result }]), input);

test("allows, holds and denies as a perfectly formed answer says", () => {
  expect(judged(allow)).toMatchObject({ ...allow, indeterminate: null, detail: null, fuel: 1 });
  expect(judged(hold)).toMatchObject({ effect: "hold", approval, indeterminate: null });
  expect(judged({ ...allow, effect: "deny", obligations: [] })).toMatchObject({
    effect: "deny",
    reasons: [reason],
    indeterminate: null,
  });
});

test("takes out arguments by redactions, or by pointers alone, of an allow and of a hold", () => {
  const redactions = [{ pointer: "/a" }, { detector: "card" }, { pattern: "x+" }];
  const obligations = [
    { type: "redact_arguments", redactions },
    { type: "redact_arguments", pointers: ["/b"] },
  ];
  for (const answer of [allow, hold]) {
    const decision = judged({ ...answer, obligations });
    expect(decision).toMatchObject({ obligations, indeterminate: null });
    expect(argumentRedactions(decision.obligations)).toEqual([...redactions, { pointer: "/b" }]);
  }
});

const limitsOf: readonly object[] = [
  { key: "subject", per: "1m", max: 30 },
  { kind: "rate", key: ["person", "tool"], per: "1m", max: 30, burst: 5 },
  { kind: "loop", key: "session", per: "10m", max: 5 },
  { kind: "concurrent", key: "task", max: 4 },
  { kind: "spend", key: "all", unit: "EUR", per: "1d", max: "500.00" },
  { kind: "spend", key: "all", unit: "EUR", per: "1d", max: 12.5 },
];

test.each(limitsOf)("limits calls as an obligation says: %j", (limit) => {
  const obligations = [{ type: "limit", ...limit }];
  expect(judged({ ...allow, obligations })).toMatchObject({ obligations, indeterminate: null });
});

test.each([
  { key: "subject", per: "1m" },
  { key: "nobody", per: "1m", max: 1 },
  { key: [], per: "1m", max: 1 },
  { key: "subject", per: "1m", max: 0 },
  { key: "subject", per: "1m", max: 1, burst: 1.5 },
  { kind: "concurrent", key: "subject", per: "1m", max: 1 },
  { kind: "loop", key: "subject", per: "1m", max: 1, burst: 1 },
  { kind: "spend", key: "subject", per: "1m", max: "500" },
  { kind: "spend", key: "subject", unit: "EUR", per: "1m", max: "-5" },
  { kind: "window", key: "subject", per: "1m", max: 1 },
])("refuses a limit that cannot be carried out as it is written: %j", (limit) => {
  const answer = judged({ ...allow, obligations: [{ type: "limit", ...limit }] });
  expect([answer.effect, answer.indeterminate]).toEqual(["deny", "policy_shape"]);
});

const doubts: readonly (readonly [name: string, code: string, results: unknown])[] = [
  ["no result set", "policy_shape", undefined],
  ["no result", "policy_undefined", []],
  ["two results", "policy_many_results", [{ result: allow }, { result: allow }]],
  ["a result set of something else", "policy_shape", [allow]],
  ["a boolean", "policy_shape", [{ result: true }]],
  ["an array", "policy_shape", [{ result: [allow] }]],
  ["an unknown effect", "policy_effect_unknown", [{ result: { ...allow, effect: "permit" } }]],
  ["an effect in other letters", "policy_effect_unknown", [{ result: { ...allow, effect: "Allow" } }]],
  ["an effect that is a list", "policy_effect_unknown", [{ result: { ...allow, effect: ["allow"] } }]],
  [
    "an unknown obligation",
    "policy_obligation_unknown",
    [{ result: { ...allow, obligations: [{ type: "call_home" }] } }],
  ],
  [
    "an obligation named like a property of every object",
    "policy_obligation_unknown",
    [{ result: { ...allow, obligations: [{ type: "constructor" }] } }],
  ],
  [
    "an obligation that lacks a field",
    "policy_shape",
    [{ result: { ...allow, obligations: [{ type: "inject_credential", ttl: 60 }] } }],
  ],
  ...[{ scope: [] }, { scope: ["a b"] }, { scope: "read" }, { resource: "" }, { ttl: 0 }, { audience: "x" }].map(
    (fields) =>
      [
        `a credential in no form that can be made: ${JSON.stringify(fields)}`,
        "policy_shape",
        [{ result: { ...allow, obligations: [{ type: "inject_credential", credential: "k", ...fields }] } }],
      ] as const,
  ),
  ...[
    { redactions: [] },
    { pointers: [] },
    { pointers: ["card"] },
    { pointers: ["/card"], redactions: [{ pointer: "/card" }] },
    { redactions: [{ detector: "anything" }] },
    { redactions: [{ pattern: "(" }] },
    {},
  ].map(
    (fields) =>
      [
        `a redaction of arguments that cannot be carried out: ${JSON.stringify(fields)}`,
        "policy_shape",
        [{ result: { ...allow, obligations: [{ type: "redact_arguments", ...fields }] } }],
      ] as const,
  ),
  ["a missing field", "policy_shape", [{ result: { effect: "allow", reasons: [], obligations: [], approval: null } }]],
  ["an extra field", "policy_shape", [{ result: { ...allow, note: "" } }]],
  ["an approval without a hold", "policy_shape", [{ result: { ...allow, approval } }]],
  ["a hold that asks nobody", "policy_shape", [{ result: { ...hold, approval: { ...approval, require: [] } } }]],
  ["a hold without an approval", "policy_shape", [{ result: { ...hold, approval: null } }]],
  ["a risk that is text", "policy_shape", [{ result: { ...allow, risk: "0.5" } }]],
];

test.each(doubts)("denies %s as %s", (_name, code, results) => {
  expect(decide(policyAnswering(results), input)).toMatchObject({
    effect: "deny",
    indeterminate: code,
    obligations: [],
    approval: null,
    reasons: [{ code, rule: "gateway" }],
  });
});

test("denies with the engine's own code when the evaluation fails", () => {
  for (const code of [
    "policy_out_of_fuel",
    "policy_out_of_memory",
    "policy_conflict",
    "policy_input_too_large",
  ] as const) {
    const policy = policyThat(() => {
      throw new PolicyFault(code, "why");
    });
    expect(decide(policy, input)).toMatchObject({ effect: "deny", indeterminate: code, detail: "why", fuel: null });
  }
});

test("never throws, whatever is thrown at it", () => {
  const bare: unknown = Object.create(null);
  for (const thrown of [undefined, null, "text", 1, Symbol("s"), bare, new Error("e")]) {
    const policy = policyThat(() => {
      throw thrown;
    });
    expect(decide(policy, input)).toMatchObject({ effect: "deny", indeterminate: "policy_threw" });
    expect(visible(policy, input)).toBe(false);
    expect(judgeResult(policy, input)).toMatchObject({ effect: "block", indeterminate: "policy_threw" });
  }
});

test("shows a tool only for exactly one true", () => {
  const shown = (results: unknown): boolean => visible(policyAnswering(results), input);
  expect(shown([{ result: { visible: true } }])).toBe(true);
  for (const result of [
    true,
    { visible: false },
    { visible: "true" },
    { visible: 1 },
    { visible: true, more: 1 },
    {},
    null,
  ]) {
    expect(shown([{ result }])).toBe(false);
  }
  expect(shown([])).toBe(false);
  expect(shown([{ result: { visible: true } }, { result: { visible: true } }])).toBe(false);
});

test("blocks a result unless the answer is well formed", () => {
  const redactions = [{ detector: "email" }, { pointer: "/a/0" }, { pattern: "c+" }];
  const answer = { effect: "redact", reasons: [], redactions, labels: ["read:private"] };
  const judge = (result: unknown) => judgeResult(policyAnswering([{ result }]), input);
  expect(judge(answer)).toMatchObject({ ...answer, indeterminate: null });
  expect(judge({ ...answer, effect: "allow" })).toMatchObject({
    effect: "block",
    indeterminate: "policy_effect_unknown",
  });
  expect(judge({ ...answer, labels: "x" })).toMatchObject({ effect: "block", indeterminate: "policy_shape" });
  expect(judge({ effect: "pass" })).toMatchObject({ effect: "block", indeterminate: "policy_shape" });
});

test.each([
  ["a redact that removes nothing", { effect: "redact", redactions: [] }],
  ["a pass that names what to remove", { effect: "pass", redactions: [{ pointer: "/a" }] }],
  ["a text", { redactions: ["email"] }],
  ["the whole content", { redactions: [{ pointer: "" }] }],
  ["an unknown detector", { redactions: [{ detector: "emails" }] }],
  ["a pattern that RE2 has not", { redactions: [{ pattern: "a(?=b)" }] }],
  ["an empty pattern", { redactions: [{ pattern: "" }] }],
  ["two ways at once", { redactions: [{ pointer: "/a", detector: "email" }] }],
])("blocks a result whose redactions cannot be carried out: %s", (_what, change) => {
  const answer = { effect: "redact", reasons: [], labels: [], ...change };
  expect(judgeResult(policyAnswering([{ result: answer }]), input)).toMatchObject({
    effect: "block",
    indeterminate: "policy_shape",
  });
});

test("tells a policy's tester what is wrong with an answer", () => {
  expect(() => checkAnswer("decision", [{ result: allow }])).not.toThrow();
  expect(() => checkAnswer("decision", [{ result: { ...allow, reasons: [{ ...reason, severity: "bad" }] } }])).toThrow(
    "reasons/0/severity",
  );
  expect(() => checkAnswer("visible", [])).toThrow("no result");
});

/** An allow with one thing changed somewhere inside: removed, added, or replaced by any value. */
const almost = fc
  .tuple(fc.constantFrom("drop", "add", "replace"), fc.nat(40), fc.anything({ withNullPrototype: true }))
  .map(([change, at, value]) => {
    const copy = structuredClone(allow) as Record<string, unknown>;
    const objects = [
      copy,
      ...(copy["reasons"] as Record<string, unknown>[]),
      ...(copy["obligations"] as Record<string, unknown>[]),
    ];
    const places = objects.flatMap((object) => Object.keys(object).map((key) => ({ object, key })));
    const place = places[at % places.length] as (typeof places)[number];
    if (change === "drop") delete place.object[place.key];
    else if (change === "add") place.object[`${place.key}_`] = value;
    else place.object[place.key] = value;
    return { change, place: place.key, value, copy };
  });

test("allows nothing with a field dropped or added, nor with a field of another kind", () => {
  fc.assert(
    fc.property(almost, ({ change, place, value, copy }) => {
      const { effect, indeterminate } = judged(copy);
      if (change !== "replace") expect(effect).not.toBe("allow");
      else if (effect === "allow") expect(fits(place, value)).toBe(true);
      else expect(indeterminate !== null || value === "deny").toBe(true);
    }),
    { numRuns: 20_000 },
  );
});

/** Which replacement leaves the allow well formed, said independently of the code under test. */
function fits(place: string, value: unknown): boolean {
  const texts = (list: unknown): boolean =>
    Array.isArray(list) && list.every((item) => typeof item === "string" && item.length > 0);
  if (place === "risk") return value === null || (typeof value === "number" && Number.isFinite(value));
  if (place === "approval") return value === null;
  if (place === "reasons" || place === "obligations") return Array.isArray(value) && value.length === 0;
  if (place === "controls" || place === "labels") return texts(value);
  if (place === "severity") return ["low", "medium", "high", "critical"].includes(value as string);
  if (place === "code" || place === "message" || place === "rule") return typeof value === "string" && value.length > 0;
  return (place === "effect" && value === "allow") || (place === "type" && value === "label_session");
}

test("allows no random shape and never throws on one", () => {
  fc.assert(
    fc.property(
      fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true, withMap: true }),
      fc.boolean(),
      (value, wrapped) => {
        const policy = policyAnswering(wrapped ? [{ result: value }] : value);
        expect(decide(policy, input)).toMatchObject({ effect: "deny" });
        expect(visible(policy, input)).toBe(false);
        expect(judgeResult(policy, input).effect).toBe("block");
      },
    ),
    { numRuns: 5_000 },
  );
});
