import { clockCheck } from "../../../gateway/store/clock-check.ts";

const database = 1_000_000;
/** What is said of a clock that is so far ahead, when the database takes so long to answer. */
function said(check: ReturnType<typeof clockCheck>, aheadMs: number, tookMs = 0): unknown {
  try {
    check({ before: database + aheadMs, after: database + aheadMs + tookMs, database });
    return null;
  } catch (failure) {
    return (failure as Error).message;
  }
}

test.each([
  [0, 0, null],
  [3_000, 0, null],
  [-3_000, 0, null],
  [-8_000, 6_000, null],
  [1_200_000, 20, "the clock of this gateway is 1200 s ahead of the database's"],
  [-180_000, 20, "the clock of this gateway is 180 s behind the database's"],
])("of a clock that is %i ms ahead, seen in %i ms, it says %s", (aheadMs, tookMs, message) => {
  expect(said(clockCheck(), aheadMs, tookMs)).toBe(message);
});

test("a difference that only trembles is told in the same words, and is over once it is well below the bound", () => {
  const check = clockCheck();
  const told = [3_400, 3_600, 2_900, 2_500, 4_700].map((aheadMs) => said(check, aheadMs));
  expect(told).toEqual(
    [3, 3, 3, 3, 5].map((seconds) => `the clock of this gateway is ${seconds} s ahead of the database's`),
  );
  expect([1_900, 2_900].map((aheadMs) => said(check, aheadMs))).toEqual([null, null]);
});
