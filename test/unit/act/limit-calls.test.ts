import { CallWindows } from "../../../gateway/act/obligations.ts";
import { TestClock } from "../../support/builders.ts";

const minute = 60_000;

test("counts calls for another subject although one uses up its share of the windows", () => {
  const windows = new CallWindows(new TestClock(), 100);
  const taken = Array.from({ length: 1_000 }, (_, n) => windows.take("greedy", `greedy-${n}`, minute, 1));
  expect(taken.filter(Boolean)).toHaveLength(10);
  expect([windows.take("modest", "modest", minute, 1), windows.take("modest", "modest", minute, 1)]).toEqual([
    true,
    false,
  ]);
});

test("refuses the greediest subjects, and no newcomer, when all windows are used", () => {
  const windows = new CallWindows(new TestClock(), 100);
  for (let n = 0; n < 100; n++) windows.take(`greedy-${n % 10}`, `greedy-window-${n}`, minute, 1);
  expect(windows.take("modest", "modest", minute, 1)).toBe(true);
  // A window that was given up may have been full: its subject cannot begin it anew.
  for (let n = 0; n < 100; n++) expect(windows.take(`greedy-${n % 10}`, `greedy-window-${n}`, minute, 1)).toBe(false);
});

test("begins the next window when it is time, although the wall clock leaped a year forward and back", () => {
  const clock = new TestClock();
  const windows = new CallWindows(clock);
  clock.leap(365 * 86_400_000);
  windows.take("bot", "bot", minute, 1);
  clock.leap(-365 * 86_400_000);
  clock.advance(minute - 1);
  expect(windows.take("bot", "bot", minute, 1)).toBe(false);
  clock.advance(1);
  expect(windows.take("bot", "bot", minute, 1)).toBe(true);
});

test("begins no new window when the wall clock is set forward", () => {
  const clock = new TestClock();
  const windows = new CallWindows(clock);
  windows.take("bot", "bot", minute, 1);
  clock.leap(minute);
  expect(windows.take("bot", "bot", minute, 1)).toBe(false);
});
