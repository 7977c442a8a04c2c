import { collect, durationOption, wholeNumber } from "../../../../gateway/cli/common/verb.ts";

test("reads whole numbers from 1 and durations from one second", () => {
  expect([wholeNumber("1"), wholeNumber("999999"), durationOption("30s"), durationOption("10m")]).toEqual([
    1, 999_999, 30_000, 600_000,
  ]);
  expect(collect("b", ["a"])).toEqual(["a", "b"]);
});

test.each(["0", "-1", "1.5", "1e3", "1000000", ""])("refuses %j as a whole number", (text) => {
  expect(() => wholeNumber(text)).toThrow("Expected a whole number from 1.");
});

test.each(["10ms", "soon", "-1s", ""])("refuses %j as a duration", (text) => {
  expect(() => durationOption(text)).toThrow("Expected a duration such as 30s, 10m or 1h.");
});
