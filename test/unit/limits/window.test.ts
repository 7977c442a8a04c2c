import fc from "fast-check";
import { bigNumbers, Bucket, wholeNumbers, Window } from "../../../gateway/limits/window.ts";

const minute = 60_000;

/** Takes at each time that has room; the times that did, and what the others were told. */
function taken(max: number, times: readonly number[]) {
  const window = new Window(minute, max, wholeNumbers);
  const took: number[] = [];
  const told: (readonly [at: number, waitMs: number])[] = [];
  for (const now of times) {
    const waitMs = window.roomIn(now, 1, max);
    if (waitMs > 0) told.push([now, waitMs]);
    else {
      window.take(now, 1);
      took.push(now);
    }
  }
  return { took, told, window };
}

/** Increasing times, some close together and some far apart. */
const someTimes = fc
  .array(fc.oneof(fc.nat(200), fc.nat(minute), fc.constant(0)), { maxLength: 400 })
  .map((gaps) => gaps.reduce<number[]>((times, gap) => [...times, (times.at(-1) ?? 0) + gap], []));

test.each([1, 3, 32, 33, 100])("takes no more than %d in any time of its length", (max) => {
  fc.assert(
    fc.property(someTimes, (times) => {
      const { took } = taken(max, times);
      for (const [at, from] of took.entries())
        expect(took.slice(at).filter((time) => time < from + minute).length).toBeLessThanOrEqual(max);
    }),
    { numRuns: 60 },
  );
});

test.each([1, 32])("of few amounts (%d) refuses none that has room, and tells the moment when there is some", (max) => {
  fc.assert(
    fc.property(someTimes, (times) => {
      const { took, told } = taken(max, times);
      for (const [at, waitMs] of told) {
        const within = took.filter((time) => time <= at && time + minute > at);
        expect(within).toHaveLength(max);
        expect(at + waitMs).toBe((within[0] ?? 0) + minute);
      }
    }),
    { numRuns: 60 },
  );
});

test("of many amounts refuses for at most a thirty-second of its length too long", () => {
  const max = 1_000;
  const { window } = taken(
    max,
    Array.from({ length: max }, (_, at) => at),
  );
  expect(window.roomIn(minute, 1, max)).toBeGreaterThan(0);
  expect(window.roomIn(minute + max + minute / 32, 1, max)).toBe(0);
});

test("adds many amounts up as closely as a thirty-second of its length", () => {
  const window = new Window(minute, 1e9, wholeNumbers);
  for (let now = 0; now < 10 * minute; now += 7) {
    window.roomIn(now, 1, 1e9);
    window.take(now, 1);
  }
  // 8,571 of them came in the last minute, and those of one more stretch may count.
  expect(window.roomIn(10 * minute, 1, 8_571)).toBeGreaterThan(0);
  expect(window.roomIn(10 * minute, 1, 8_571 + 268)).toBe(0);
});

test("adds exact decimals up, and tells that what is more than it holds never fits", () => {
  const window = new Window(minute, Infinity, bigNumbers);
  const tenth = 10n ** 17n;
  for (let n = 0; n < 10; n++) window.take(0, tenth);
  expect(window.roomIn(1, 1n, 10n ** 18n)).toBe(minute - 1);
  expect(window.roomIn(1, 0n, 10n ** 18n)).toBe(0);
  expect(window.roomIn(1, 10n ** 18n + 1n, 10n ** 18n)).toBe(Infinity);
});

test("forgets what is given back, also when its time is over by then", () => {
  const window = new Window(minute, 2, wholeNumbers);
  const first = window.take(0, 1);
  window.take(10, 1);
  expect(window.roomIn(20, 1, 2)).toBe(minute - 20);
  window.giveBack(first, 1);
  expect(window.roomIn(20, 1, 2)).toBe(0);
  expect(window.roomIn(2 * minute, 1, 2)).toBe(0);
  const late = window.take(2 * minute, 1);
  expect(window.roomIn(4 * minute, 2, 2)).toBe(0);
  window.giveBack(late, 1);
  expect([window.roomIn(4 * minute, 2, 2), window.roomIn(4 * minute, 3, 2)]).toEqual([0, Infinity]);
});

test("a bucket lets as many as it holds through at once, then one an interval", () => {
  const bucket = new Bucket(3, 1_000);
  const at = (now: number): number => {
    const waitMs = bucket.roomIn(now);
    if (waitMs === 0) bucket.take(now);
    return waitMs;
  };
  expect([at(0), at(0), at(0), at(0), at(999), at(1_000), at(1_000)]).toEqual([0, 0, 0, 1_000, 1, 0, 1_000]);
  bucket.giveBack();
  expect(at(1_000)).toBe(0);
  expect([at(60_000), at(60_000), at(60_000), at(60_000)]).toEqual([0, 0, 0, 1_000]);
});
