import { hasFewDigits, isDate, numberForms } from "../../../../gateway/provenance/text/numbers.ts";

test.each([
  ["120", ["120"]],
  ["120.50", ["120.5"]],
  ["-49,90", ["49.9"]],
  ["95.00", ["95"]],
  ["1.204", ["1.204", "1204"]],
  ["1,204.50", ["1204.5"]],
  ["4.860,00", ["4860"]],
  ["1 000 000", ["1000000"]],
  ["0", ["0"]],
  ["007", []],
  ["12a", []],
  ["2026-05-04", []],
  ["", []],
])("reads %j as the numbers %j", (text, forms) => {
  expect(numberForms(text)).toEqual(forms);
});

test("counts the digits of a number without its point", () => {
  expect(["120.5", "95", "462.74", "1234567", "12345"].map(hasFewDigits)).toEqual([true, true, false, false, false]);
});

test.each([
  ..."2026-05-04 20260504 2026-05-04T08:00:00Z 04.05.2026 5/4/2026 2026/05/04 10:30".split(" "),
  ...["2026-05-04 10:30", "5 May 2026", "May 5, 2026", "10:30 pm"],
])("takes %j for a date", (text) => {
  expect(isDate(text)).toBe(true);
});

test.each(["12345678", "1.2.3", "d-301", "May", "2026", "T-6031", "3 items", "99.99.2026", "x".repeat(100)])(
  "takes %j for no date",
  (text) => {
    expect(isDate(text)).toBe(false);
  },
);
