import { coverageOf } from "../../../../gateway/bundles/require/coverage.ts";
import { regoTests, type RegoTest } from "../../../../gateway/bundles/require/rego-tests.ts";
import { withTestFolder } from "../../../../gateway/bundles/require/test-folder.ts";
import {
  failedTests,
  impactProblem,
  notAskedLines,
  notChecked,
} from "../../../../gateway/bundles/require/unfulfilled.ts";
import type { ReplayReport } from "../../../../gateway/domain/policy-change.ts";
import { opa } from "../../decide/support/compile-rego.ts";

const requirement = { last: 100, comparedPercent: 90, timeoutMs: 1 };

function report(decisions: number, compared: number, gateway: number, widened = 0): ReplayReport {
  return {
    decisions,
    compared,
    same: compared - widened,
    changed: widened,
    widened,
    kinds: [],
    asRecorded: [],
    notCompared: { total: decisions - compared, gateway, noInput: 0, places: [] },
  };
}

test.each([
  ["all compared", report(10, 10, 0), null],
  ["as many as have to be", report(10, 9, 0), null],
  ["one too few", report(20, 17, 0), "unknown"],
  ["the others refused by the gateway", report(100, 1, 99), null],
  ["none", report(0, 0, 0), "unknown"],
  ["none but refused ones", report(5, 0, 5), "unknown"],
  ["one that widens among too few", report(10, 1, 0, 1), "widened"],
] as const)("an impact with %s", (_what, measured, problem) => {
  expect(impactProblem(measured, requirement)).toBe(problem);
});

test("an impact that widens nothing does not pass where rules differ that no recorded decision asks", () => {
  const measured = report(10, 10, 0);
  expect(impactProblem({ ...measured, notAsked: [] }, requirement)).toBeNull();
  expect(impactProblem({ ...measured, notAsked: ["result"] }, requirement)).toBe("unasked");
  expect(impactProblem({ ...report(10, 10, 0, 1), notAsked: ["result"] }, requirement)).toBe("widened");
  expect(notAskedLines({ notAsked: ["visible", "log"] })).toEqual([
    "rules differ, or their data, that say which tools are shown, what is logged; no recorded decision asks them",
  ]);
  expect(notAskedLines({})).toEqual([]);
});

test("of many failed tests the first are named, and the rest counted", () => {
  const failed = Array.from({ length: 7 }, (_, n): RegoTest => ({
    package: "data.a_test",
    name: `test_${n}`,
    fail: true,
    location: { file: "./a/a_test.rego", row: n + 1 },
  }));
  const lines = failedTests(failed, 9).message.split("\n");
  expect([lines.length, lines[0]]).toEqual([7, "policy.require.tests: 7 of 9 tests failed"]);
  expect(lines[1]).toBe("a/a_test.rego:1: data.a_test.test_0 failed");
  expect(lines[6]).toBe("and 2 more");
});

test("what could not be checked says why, also when no error was thrown", () => {
  expect(notChecked("impact", "gone").message).toBe("policy.require.impact could not be checked: gone");
});

test("the coverage is rounded down, and whole where there is nothing to reach", () => {
  const files = {
    "a.rego": { covered_lines: 2, not_covered_lines: 1, not_covered: [{ start: { row: 3 } }, { start: { row: 3 } }] },
    "a_test.rego": { covered_lines: 50, coverage: 100 },
    "library/b.rego": { not_covered_lines: 70 },
  };
  const own = (file: string) => !file.startsWith("library/");
  expect(coverageOf({ files }, own)).toEqual({
    percent: 66.6,
    lines: 3,
    files: [{ file: "a.rego", percent: 0, lines: [3] }],
  });
  expect(coverageOf({}, own)).toEqual({ percent: 100, lines: 0, files: [] });
});

test("tests are run as opa finds them, all or those of a name", async () => {
  const file = (path: string, text: string) => ({ path, bytes: Buffer.from(text) });
  const tests = [
    file("b/b_test.rego", "package b_test\n\ntest_one if true\n\ntest_two if true\n\ntodo_test_three if false\n"),
  ];
  const sources = { revision: "r1", files: [file("b/b.rego", "package b\n\nx := 1\n")] };
  const names = async (pattern?: string) =>
    withTestFolder(sources, tests, async (folder) => {
      const found = await regoTests({ opa, folder, pattern, stage: "require" });
      return found.map(({ name, skip = false }) => `${name} ${skip}`).toSorted();
    });
  expect(await names()).toEqual(["test_one false", "test_two false", "todo_test_three true"]);
  expect(await names("one")).toEqual(["test_one false"]);
});
