import { setImmediate as nextTurn } from "node:timers/promises";
import { whenIdle } from "../../../gateway/record/log-writer.ts";

/** The clock goes on by so much with every look at it. */
function called(stepMs: number, mostMs: number): { readonly turns: () => Promise<number> } {
  let [now, done] = [0, false];
  whenIdle(
    () => (now += stepMs),
    mostMs,
    () => (done = true),
  );
  return {
    async turns() {
      let turns = 0;
      for (; !done && turns < 100; turns += 1) await nextTurn();
      return turns;
    },
  };
}

test("waits for the first turn of the event loop that has nothing to do", async () => {
  expect(await called(0.01, 4).turns()).toBe(1);
});

test("waits no longer than it may while every turn has something to do", async () => {
  expect(await called(0.5, 4).turns()).toBe(8);
  expect(await called(3, 4).turns()).toBe(2);
});
