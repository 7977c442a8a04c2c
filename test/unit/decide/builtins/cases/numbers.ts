import { combine } from "./generate.ts";

// prettier-ignore
const NUMBERS = ["0", "1", "-1", "2", "3", "-7", "10", "1.0", "0.1", "-0.5", "2.5", "1.5", "1e3", "1e-7", "0.30000000000000004",
  "123456789.125", "-123456789012345678901234567890", "98765432109876543210.5", "1e30", "3.14159265358979", "-0.0", "0.0", "1e19",
  "18446744073709551616", "9007199254740993", "1e-300", "7e22", "2147483647", "-2147483648", '"1"', "null"];
const COLLECTIONS = [
  "[]",
  "[1,2,3]",
  "[1.5,2.5]",
  "{1,2.5}",
  "[1e30,1]",
  "[0.1,0.2,0.3]",
  '["a"]',
  '[1,"a"]',
  '"x"',
  "set()",
];

export const numberCalls = [
  ...["abs", "round", "ceil", "floor", "to_number", "bits.negate"].flatMap((name) => combine(name, NUMBERS)),
  ...["plus", "minus", "mul", "div", "rem", "bits.and", "bits.or", "bits.xor"].flatMap((name) =>
    combine(name, NUMBERS, NUMBERS),
  ),
  ...["bits.lsh", "bits.rsh"].flatMap((name) =>
    combine(name, ["0", "1", "-5", "1e3", "2.0", "-1e29", "0.5"], ["0", "1", "2.0", "64", "-1", "0.5"]),
  ),
  ...combine("format_int", NUMBERS, ["2", "8", "10", "16", "10.0", "3"]),
  ...["sum", "product"].flatMap((name) => combine(name, COLLECTIONS)),
  ...combine("numbers.range_step", ["1", "-3", "5.0", "0.5"], ["4", "-7", "1e1"], ["1", "2", "0", "1.5"]),
  ...combine("numbers.range_step", ["1e20"], ["100000000000000000003", "99999999999999999995"], ["1", "2"]),
];
