import { decimal, decimalText } from "../../../gateway/lib/decimal.ts";

test.each<[number | string, string]>([
  [0, "0"],
  ["0", "0"],
  [0.1, "0.1"],
  ["120.50", "120.5"],
  [1e-7, "0.0000001"],
  [1.5e-17, "0.000000000000000015"],
  [1e21, "1000000000000000000000"],
  ["0.000000000000000001", "0.000000000000000001"],
  ["999999999999999999999999999999", "999999999999999999999999999999"],
])("reads %p exactly, and writes it as %p", (value, text) => {
  expect(decimalText(decimal(value) ?? -1n)).toBe(text);
});

test("adds what floats do not", () => {
  expect((decimal(0.1) ?? 0n) + (decimal(0.2) ?? 0n)).toBe(decimal(0.3));
});

test.each([
  ...["", " 1", "1 ", "-1", "+1", "01", "1.", ".5", "1e3", "1,5", "12 EUR", "0x10", "1_000", "٣"],
  ...["0.0000000000000000001", "1.2.3", "Infinity", "NaN", "9".repeat(31)],
  ...[-1, -0.5, Number.NaN, Number.POSITIVE_INFINITY, 1e-19, null, undefined, true, [], {}, 5n],
])("takes %p for no amount", (value) => {
  expect(decimal(value)).toBeNull();
});
