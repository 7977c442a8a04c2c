import { isDayOfMonth, isTimesAlone } from "../../../../gateway/provenance/text/dates.ts";

test.each([
  ["2026-05-19 12", true],
  ["2026-05-19", true],
  ["19.05.2026 08 2026-05-20", true],
  ["2026-05-19 120", false],
  ["12 2026-05-19", false],
  ["2026-05-19 24", true],
  ["2026-05-19 12 2026-05-20 9", true],
  ["2026-05-19 25", false],
  ["2026-05-19 12 30", false],
  ["12-04-26 12 34 56 78", false],
  ["2012-05 12 34 56 78", false],
  ["2012-05 12 34", false],
  ["2026-13-19 12", false],
  ["20260519 12", true],
  ["49 40 5550 217", false],
  ["13 June 2026", true],
])("says of %j that it is dates and hours alone: %j", (text, expected) => {
  expect(isTimesAlone(text)).toBe(expected);
});

test.each([
  ["what we do on June 13 in Hawaii", true],
  ["on Jun. 13", true],
  ["am 13. Juni", true],
  ["le 13 août", true],
  ["el 13 de mayo", true],
  ["May 13, 2026", true],
  ["room 13", false],
  ["delete 13 marvellous files", false],
  ["13 june-bugs", true],
  ["13", false],
])("takes the 13 in %j for the day of a month: %j", (text, expected) => {
  const at = text.indexOf("13");
  expect(isDayOfMonth(text, at, at + 2)).toBe(expected);
});

test("takes no number for a day that can be none", () => {
  expect(isDayOfMonth("June 130", 5, 8)).toBe(false);
  expect(isDayOfMonth("June 45", 5, 7)).toBe(false);
});
