import { cutToBytes, cutToLength } from "../../../gateway/lib/cut-text.ts";

test.each([
  ["abc", 3, "abc", false],
  ["abcd", 3, "abc", true],
  ["a😀b", 3, "a😀", true],
  ["a😀b", 2, "a", true],
  ["ab\ud83d", 2, "ab", true],
  ["", 0, "", false],
  ["😀", 1, "", true],
])("cuts %j to %i units, between characters", (text, most, left, truncated) => {
  expect(cutToLength(text, most)).toEqual({ text: left, truncated });
});

test.each([
  ["äb", 3, "äb", false],
  ["äbc", 3, "äb", true],
  ["aä", 2, "a", true],
  ["a😀", 4, "a", true],
  ["😀", 3, "", true],
  ["ab\ncd", 4, "ab\nc", true],
])("cuts %j to %i bytes, between characters", (text, most, left, truncated) => {
  expect(cutToBytes(text, most)).toEqual({ text: left, truncated });
});
