import { setImmediate as immediate } from "node:timers/promises";
import { Turn } from "../../../gateway/lib/event-loop.ts";

test("goes on with all that is ready at the end of the turn, in order, and with what comes then in the next one", async () => {
  const turn = new Turn();
  const seen: string[] = [];
  turn.atEnd(() => {
    seen.push("first");
    turn.atEnd(() => seen.push("of the next turn"));
  });
  turn.atEnd(() => seen.push("second"));
  await Promise.resolve();
  expect(seen).toEqual([]);
  await immediate();
  expect(seen).toEqual(["first", "second"]);
  await immediate();
  expect(seen).toEqual(["first", "second", "of the next turn"]);
});
