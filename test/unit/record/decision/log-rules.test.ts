import { type ActivePolicy, type LogRule, PolicyFault } from "../../../../gateway/domain/ports.ts";
import type { JsonObject, JsonValue } from "../../../../gateway/lib/json.ts";
import { ruledMembers } from "../../../../gateway/record/decision/log-rules.ts";
import { activePolicy } from "../../../support/builders.ts";

const input =
  '{"contract":1,"context":{"arguments":{"card":"4111","n":12345678901234567890},"time":{"ns":1790000000000000001}}}';
const members =
  ',"kind":"decision","decision_id":"d_1","request_path":"/cards/4111","session":"s1","input_digest":"sha256:whole"' +
  ',"tool":"payments/pay","subject":"bot","erased":["/input/context/risk"],"masked":[],"arguments":{"digest":"sha256:a","bytes":9}' +
  `,"result":{"effect":"deny","reasons":[{"message":"no 4111"}],"obligations":[],"doubt":null,"detail":"4111"},"input":${input}`;

interface Told {
  readonly faults: string[];
  readonly record: JsonObject;
  readonly text: string;
}

function ruled(
  answers: Partial<Record<LogRule, JsonValue | Error | ((text: string) => JsonValue)>>,
  of = members,
): Told {
  const faults: string[] = [];
  const policy: ActivePolicy = activePolicy({
    evaluate: (rule, { text }) => {
      expect(JSON.parse(text)).toMatchObject({ decision_id: "d_1" });
      const answer = answers[rule as LogRule];
      if (answer instanceof Error) throw answer;
      const result = typeof answer === "function" ? answer(text) : answer;
      return { results: result === undefined ? [] : [{ result }], fuel: 1 };
    },
    noteFault: (entrypoint, code) => void faults.push(`${entrypoint} ${code}`),
  });
  const text = ruledMembers(of, { policy, rules: new Set(["mask", "drop"]), decisionId: "d_1" });
  return { faults, text, record: JSON.parse(`{"seq":1${text}}`) as JsonObject };
}

test("a record that no rule is about stays as it was written, digit by digit", () => {
  expect(ruled({}).text).toBe(members);
  expect(ruled({ mask: [], drop: false }).text).toBe(members);
});

test("what is masked is in no digest, and numbers beside it keep their digits", () => {
  const { record, text } = ruled({ mask: ["/input/context/arguments/card"] });
  expect(record).toMatchObject({
    erased: ["/input/context/risk", "/input/context/arguments/card"],
    arguments: { bytes: 9 },
  });
  expect(text).toContain('{"n":12345678901234567890}');
  expect(text).toContain('"ns":1790000000000000001');
  expect(record["arguments"]).not.toHaveProperty("digest");
  expect(record["input_digest"]).not.toBe("sha256:whole");
});

test.each<[string, Partial<Record<LogRule, JsonValue | Error>>]>([
  ["throws", { mask: new PolicyFault("policy_out_of_fuel", "no fuel") }],
  ["throws what nobody expects", { mask: new TypeError("x") }],
  ["is no set", { mask: { a: 1 } }],
  ["has a number", { mask: [1] }],
  ["has an unknown op", { mask: [{ op: "hide", path: "/input/context" }] }],
  ["has no path", { mask: [{ op: "remove" }] }],
  ["names what is not of the event", { mask: ["/input/context/arguments/card", "/subject"] }],
  ["names what only begins like the input", { mask: ["/inputs/x"] }],
  ["is about dropping, and no boolean", { drop: "yes", mask: [] }],
])("a rule about the log that %s masks everything, and says so", (_what, answers) => {
  const { record, text, faults } = ruled(answers);
  expect(record).toMatchObject({
    mask_failed: true,
    input: null,
    input_digest: null,
    request_path: "",
    session: null,
    subject: "bot",
    tool: "payments/pay",
    result: { effect: "deny", reasons: [], detail: null },
  });
  expect(record["erased"]).toContain("/input");
  expect(text).not.toContain("4111");
  expect(faults).toHaveLength(1);
});

test("values that are masked and not in the record are in no digest either", () => {
  const without = members.replace('"card":"4111",', "");
  const { record } = ruled({ mask: ["/input/context/arguments/card"] }, without);
  expect(record["arguments"]).toEqual({ bytes: 9 });
  expect(record["input_digest"]).not.toBe("sha256:whole");
});

test("a caller whose arguments are too many for the rules loses the record its arguments alone", () => {
  const mask = (text: string): JsonValue => {
    if (text.includes('"n":')) throw new PolicyFault("policy_input_too_large", "too many keys");
    return ["/input/context/time"];
  };
  const { record, text, faults } = ruled({ mask });
  expect(record).toMatchObject({ session: "s1", request_path: "/cards/4111", result: { effect: "deny" } });
  expect(record["erased"]).toEqual(["/input/context/risk", "/input/context/arguments", "/input/context/time"]);
  expect(text).not.toContain('"n":');
  expect([record["mask_failed"], faults]).toEqual([undefined, []]);
  const always = ruled({ mask: new PolicyFault("policy_input_too_large", "too large") });
  expect([always.record["mask_failed"], always.faults]).toEqual([true, ["mask policy_input_too_large"]]);
});

test.each([["/result"], ["/result/reasons"], ["/result/effect"]])(
  "a record whose %s is masked has its form",
  (path) => {
    const { record } = ruled({ mask: [path] });
    expect(record["result"]).toMatchObject({ effect: "deny", reasons: expect.any(Array) as unknown, obligations: [] });
    expect(record["erased"]).toContain(path);
  },
);

test("a fault is that of the rule that was asked", () => {
  expect(ruled({ drop: "yes" }).faults).toEqual(["drop policy_shape"]);
});

test("a record that is dropped keeps who did what, and what was decided", () => {
  const { record, text, faults } = ruled({ drop: true });
  expect(record).toMatchObject({ dropped: true, subject: "bot", tool: "payments/pay", result: { effect: "deny" } });
  expect(text).not.toContain("4111");
  expect(record).not.toHaveProperty("mask_failed");
  expect(faults).toEqual([]);
});
