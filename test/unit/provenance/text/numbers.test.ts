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
  const digits = fc.stringMatching(/^[-+]?[0-9.,]{0,8}$/);
  const number = fc.oneof(
    fc.double({ min: -1e20, max: 1e20, minExcluded: true }).map((one) => one.toFixed(3)),
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

test.each([
  ["4.8213e4", "48213"],
  ["4.8213999E+7", "48213999"],
  ["482139990e-1", "48213999"],
  ["-1.5e1", "15"],
  ["1.25e0", "1.25"],
  ["12e-3", "0.012"],
  ["0.00012e6", "120"],
  ["1e20", "100000000000000000000"],
  ["0e5", "0"],
  ["1e400", "1e400"],
  ["1e-400", "1e-400"],
])("gives %s the form of %s", (text, form) => {
  expect(jsonNumberForm(text)).toBe(form);
});

test("gives a number the same form with an exponent and without one", () => {
  const number = fc.tuple(fc.integer({ min: 1, max: 999_999_999 }), fc.integer({ min: -8, max: 8 }));
  fc.assert(
    fc.property(number, ([digits, exponent]) => {
      const [whole, fraction = ""] = [String(digits), "0".repeat(Math.max(exponent, 0))];
      const plain = exponent >= 0 ? `${whole}${fraction}` : (digits * 10 ** exponent).toFixed(-exponent);
      expect(jsonNumberForm(`${whole}e${exponent}`)).toBe(jsonNumberForm(plain));
    }),
  );
});
