import fc from "fast-check";
import { hasFewDigits, isDate, jsonNumberForm, numberForms } from "../../../../gateway/provenance/text/numbers.ts";

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

test("tells numbers with few digits, without counting their point", () => {
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

test("gives a number as JSON has it the form that it has in a text", () => {
  const digits = fc.stringMatching(/^[-+]?[0-9.,e]{0,8}$/);
  const number = fc.oneof(
    fc.double().map(String),
    fc.integer().map(String),
    digits,
    fc.constantFrom("1".repeat(41), "-0", "007"),
  );
  fc.assert(
    fc.property(number, (text) => {
      expect(jsonNumberForm(text)).toBe(numberForms(text)[0] ?? text);
    }),
    { numRuns: 3_000 },
  );
});
