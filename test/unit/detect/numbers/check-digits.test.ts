import { isDay, luhn, mod11x10, modulo, weighted } from "../../../../gateway/detect/numbers/check-digits.ts";

/** How many last digits a scheme takes for right. */
function rightOnes(body: string, check: (digits: string) => boolean): number[] {
  return [...Array(10).keys()].filter((digit) => check(`${body}${digit}`));
}

test("Luhn takes one last digit", () => {
  expect(rightOnes("411111111111111", luhn)).toEqual([1]);
  expect(rightOnes("7992739871", luhn)).toEqual([3]);
});

test("MOD 11,10 takes one last digit", () => {
  expect(rightOnes("8609574271", mod11x10)).toEqual([9]);
  expect(rightOnes("3657426180", mod11x10)).toEqual([9]);
});

test("a rest of long numbers is exact, and letters count from 10", () => {
  expect(modulo("3214282912345698765432161182", 97)).toBe(1);
  expect(modulo("WEST12345698765432GB82", 97)).toBe(1);
  expect(modulo("12345678901234567890", 97)).toBe(Number(12345678901234567890n % 97n));
});

test("a weighted sum takes as many digits as there are weights", () => {
  expect(weighted("1234", [3, 2, 1])).toBe(3 + 4 + 3);
});

test.each([
  [29, 2, true],
  [30, 2, false],
  [31, 4, false],
  [31, 12, true],
  [0, 1, false],
  [1, 0, false],
  [1, 13, false],
])("says whether the calendar has day %i of month %i: %s", (day, month, is) => {
  expect(isDay(day, month)).toBe(is);
});
