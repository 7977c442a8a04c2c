import { beginsToken, numberRuns } from "../../../gateway/detect/characters.ts";
import { hasDigits, isNamed, isWhole, scannedText } from "../../../gateway/detect/scanned-text.ts";

test("runs of letters and digits are listed when they have a digit", () => {
  const text = "ab 12 c3d, x_9é ü 7";
  expect(numberRuns(text)).toEqual([3, 5, 6, 9, 13, 15, 18, 19]);
});

test("a run ends at letters of scripts that are written without blanks", () => {
  expect(numberRuns("电话138号")).toEqual([2, 5]);
});

test.each([
  ["no. 123, yes", true],
  ["(123)", true],
  ["123", true],
  ["a123", false],
  ["123b", false],
  ["_123", false],
  ["123_", false],
  ["+123", false],
  ["1.123", false],
  ["123.4", false],
  ["123-4", false],
  ["123-x", false],
  ["9/123", false],
  ["123.", true],
  ["123 - 4", true],
  ["1,123,2", true],
])("says whether a number of %j stands by itself: %s", (text, whole) => {
  const start = text.indexOf("123");
  expect(isWhole(text, { start, end: start + 3 })).toBe(whole);
});

test("a word before a value names it, and so does the header of its column", () => {
  const words = /\bbsn\b/i;
  expect(isNamed(scannedText("BSN 111222333"), 4, words)).toBe(true);
  expect(isNamed(scannedText(`BSN ${"x ".repeat(40)}111222333`), 84, words)).toBe(false);
  const table = `name;bsn\n${"De Vries;x\n".repeat(20)}`;
  expect(isNamed(scannedText(`${table}Jansen;111222333`), table.length + 7, words)).toBe(true);
});

test("counts digits no further than asked", () => {
  expect(hasDigits("12 34 56", 0, 6)).toBe(true);
  expect(hasDigits("12 34 56", 0, 7)).toBe(false);
  expect(hasDigits("12 34 56", 0, 6, 5)).toBe(false);
});

test.each([
  ["x y", 2, true],
  ["xy", 1, false],
  ["x_y", 2, true],
  ["x\\ny", 3, true],
  ["xny", 2, false],
])("says whether a token may begin in %j at %i: %s", (text, at, begins) => {
  expect(beginsToken(text, at)).toBe(begins);
});
