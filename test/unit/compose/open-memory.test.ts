import { dropEnded } from "../../../gateway/compose/open-memory.ts";
import { Background } from "../../../gateway/compose/background.ts";
import { TestClock } from "../../support/builders.ts";
import { quiet } from "../../support/quiet.ts";

const { jest: timers } = import.meta as unknown as { readonly jest: typeof jest };
const minute = 60_000;
const hour = 60 * minute;

test("calls of sessions that have ended are removed every minute, and labels every hour, each whether or not the other can be", async () => {
  timers.useFakeTimers();
  const clock = new TestClock();
  const done: string[] = [];
  const calls = {
    add: () => Promise.resolve(),
    update: () => Promise.resolve(),
    drop: async (before: number) => done.push(`calls ${(clock.now() - before) / hour}`),
  };
  const drop = async (before: number): Promise<number> => {
    done.push(`labels ${(clock.now() - before) / hour}`);
    return Promise.reject(new Error("locked"));
  };
  const background = new Background(quiet);
  const stop = dropEnded({ calls, drop }, { labelWindowMs: 16 * hour, idleMs: 2 * hour }, { clock, background });
  await timers.advanceTimersByTimeAsync(minute);
  expect(done).toEqual(["calls 2"]);
  await timers.advanceTimersByTimeAsync(59 * minute);
  expect([done.filter((one) => one === "calls 2").length, done.filter((one) => one === "labels 17").length]).toEqual([
    60, 1,
  ]);
  await timers.advanceTimersByTimeAsync(minute);
  expect(done.filter((one) => one === "calls 2")).toHaveLength(61);
  expect(background.findings().map(({ name }) => name)).toEqual(["session-labels"]);
  await stop();
  timers.useRealTimers();
});
