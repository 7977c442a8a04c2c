import { patternFault, spansOf } from "../../../gateway/lib/pattern.ts";

test("finds all matches that are not empty, in order", () => {
  expect(spansOf("b+", "abba b")).toEqual([
    [1, 3],
    [5, 6],
  ]);
  expect(spansOf("x*", "abc")).toEqual([]);
  expect(spansOf("(?i)É", "aé")).toEqual([[1, 2]]);
});

test("takes time linear in the text for a pattern that would stall a backtracking engine", () => {
  expect(spansOf("(a+)+$", `${"a".repeat(20_000)}b`)).toEqual([]);
});

test("says what is wrong with a pattern", () => {
  expect(patternFault("a+")).toBeNull();
  expect(patternFault("(")).toContain("missing closing )");
  expect(patternFault("a(?=b)")).not.toBeNull();
});
