import { judgeResult } from "../../../gateway/decide/decide.ts";
import { inputOf } from "./support/compile-rego.ts";
import { policyAnswering } from "./support/policies.ts";

describe("a malformed part of an answer", () => {
  const place = (rule: string, line: number) => ({ rule, file: `sallyport/rules/${rule}.rego`, line });
  const asked: unknown[] = [];
  /** What is said of an answer for which these rules may be to blame. */
  const detailOf = (answer: object, ...places: ReturnType<typeof place>[]) => {
    const policy = {
      ...policyAnswering([{ result: { effect: "redact", reasons: [], redactions: [], labels: [], ...answer } }]),
      exporting: (...question: unknown[]) => {
        asked.push(question);
        return places;
      },
    };
    return judgeResult(policy, inputOf({ resource: { properties: { server: "crm", tool: "find" } } })).detail;
  };
  const malformed = { redactions: [{ pointer: "to" }] };

  test("is told with the rule that it comes from, its file and its line", () => {
    expect(detailOf(malformed, place("pii/mask", 7))).toBe(
      "redactions/0 must be a JSON pointer; it comes from the rule pii/mask (sallyport/rules/pii/mask.rego:7)",
    );
    expect(asked.at(-1)).toEqual([["redact"], "crm", "find"]);
  });

  test("is told with all rules that it can come from, and with none where the bundle does not say", () => {
    const several = Array.from({ length: 7 }, (_, at) => place(`pii/r${at}`, at + 1));
    const detail = detailOf(malformed, ...several);
    expect(detail).toContain("; the rules with redact are pii/r0 (sallyport/rules/pii/r0.rego, line 1), pii/r1");
    expect(detail).toMatch(/pii\/r4 \([^)]+\) and 2 more$/);
    // A single place would be taken for the place of the fault.
    expect(detail).not.toMatch(/\.rego:\d/);
    expect(detailOf(malformed)).toBe("redactions/0 must be a JSON pointer");
  });

  test("may be the labels; the effect is no rule's", () => {
    expect(detailOf({ effect: "pass", labels: [1] }, place("pii/mask", 7))).toContain(
      "; it comes from the rule pii/mask",
    );
    expect(detailOf({ effect: "keep" }, place("pii/mask", 7))).not.toContain("pii/mask");
  });
});
