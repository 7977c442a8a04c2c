import type { Measure } from "../../../gateway/domain/limit.ts";
import type { CountAsk } from "../../../gateway/domain/ports.ts";
import { CountsInMemory } from "../../../gateway/limits/counts.ts";
import { TestClock } from "../../support/builders.ts";

const minute = 60_000;
const rate = (max: number, burst: number | null = null): Measure => ({ kind: "rate", max, perMs: minute, burst });
const concurrent: Measure = { kind: "concurrent", max: 2 };
const spend = (max: bigint): Measure => ({ kind: "spend", unit: "EUR", max, perMs: minute });

function ask(key: string, measure: Measure, more: Partial<CountAsk> = {}): CountAsk {
  return { key, asker: key, measure, amount: 1n, ...more };
}

function takes(counts: CountsInMemory, ...asks: CountAsk[]): boolean {
  return !("full" in counts.take(asks));
}

test("takes all that is asked for, or nothing of it", () => {
  const counts = new CountsInMemory(new TestClock());
  const both = [ask("a", rate(2)), ask("b", rate(1))];
  expect(takes(counts, ...both)).toBe(true);
  expect(counts.take(both)).toEqual({ full: 1, retryAfterMs: minute });
  expect([takes(counts, ask("a", rate(2))), takes(counts, ask("a", rate(2)))]).toEqual([true, false]);
});

test("tells how long until the first full count has room, and nothing of calls under way", () => {
  const clock = new TestClock();
  const counts = new CountsInMemory(clock);
  takes(counts, ask("a", rate(1)));
  clock.advance(18_500);
  expect(counts.take([ask("a", rate(1))])).toEqual({ full: 0, retryAfterMs: 41_500 });
  for (let n = 0; n < 2; n++) takes(counts, ask("c", concurrent));
  expect(counts.take([ask("c", concurrent)])).toEqual({ full: 0, retryAfterMs: null });
});

test("counts calls under way until each has ended, once", () => {
  const counts = new CountsInMemory(new TestClock());
  const first = counts.take([ask("c", concurrent)]);
  const second = counts.take([ask("c", concurrent)]);
  expect(takes(counts, ask("c", concurrent))).toBe(false);
  if ("full" in first || "full" in second) throw new Error("there was room");
  first.end();
  first.end();
  first.giveBack();
  expect([takes(counts, ask("c", concurrent)), takes(counts, ask("c", concurrent))]).toEqual([true, false]);
  second.giveBack();
  expect(takes(counts, ask("c", concurrent))).toBe(true);
});

test("counts what is given back as if it had not been", () => {
  const counts = new CountsInMemory(new TestClock());
  const asks = [ask("a", rate(1, 1)), ask("s", spend(10n), { amount: 7n }), ask("c", concurrent)];
  const taken = counts.take(asks);
  if ("full" in taken) throw new Error("there was room");
  expect(takes(counts, ask("s", spend(10n), { amount: 4n }))).toBe(false);
  taken.giveBack();
  expect(takes(counts, ...asks)).toBe(true);
  expect(takes(counts, ask("s", spend(10n), { amount: 3n }))).toBe(true);
  expect(takes(counts, ask("s", spend(10n), { amount: 1n }))).toBe(false);
});

test("lets no more than a burst through at once", () => {
  const clock = new TestClock();
  const counts = new CountsInMemory(clock);
  const some = (): boolean[] => Array.from({ length: 4 }, () => takes(counts, ask("a", rate(60, 2))));
  expect(some()).toEqual([true, true, false, false]);
  clock.advance(1_000);
  expect(some()).toEqual([true, false, false, false]);
});

test("goes on counting a key that is used for longer than its time", () => {
  const clock = new TestClock();
  const counts = new CountsInMemory(clock);
  for (let n = 0; n < 20; n++) {
    expect(takes(counts, ask("a", rate(2)))).toBe(true);
    if (n > 0) expect(takes(counts, ask("a", rate(2)))).toBe(false);
    clock.advance(minute / 2);
  }
});

test("counts for another asker although one uses up its share", () => {
  const counts = new CountsInMemory(new TestClock(), 100);
  const taken = Array.from({ length: 1_000 }, (_, n) => takes(counts, ask(`g-${n}`, rate(1), { asker: "greedy" })));
  expect(taken.filter(Boolean)).toHaveLength(10);
  const modest = ask("modest", rate(1));
  expect([takes(counts, modest), takes(counts, modest)]).toEqual([true, false]);
});

test("refuses the greediest askers, and no newcomer, when all counts are used", () => {
  const counts = new CountsInMemory(new TestClock(), 100);
  const greedy = (n: number): CountAsk => ask(`greedy-window-${n}`, rate(1), { asker: `greedy-${n % 10}` });
  for (let n = 0; n < 100; n++) takes(counts, greedy(n));
  expect(takes(counts, ask("modest", rate(1)))).toBe(true);
  // A count that was given up may have been full: its asker cannot begin it anew.
  for (let n = 0; n < 100; n++) expect(takes(counts, greedy(n))).toBe(false);
});

test("goes by the time that has passed, although the wall clock leaped a year forward and back", () => {
  const clock = new TestClock();
  const counts = new CountsInMemory(clock);
  clock.leap(365 * 86_400_000);
  takes(counts, ask("a", rate(1)));
  clock.leap(-365 * 86_400_000);
  clock.advance(minute - 1);
  expect(takes(counts, ask("a", rate(1)))).toBe(false);
  clock.advance(1);
  expect(takes(counts, ask("a", rate(1)))).toBe(true);
});
