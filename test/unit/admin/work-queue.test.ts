import { setImmediate } from "node:timers/promises";
import { workQueue } from "../../../gateway/admin/work-queue.ts";
import { TestClock } from "../../support/builders.ts";

/** A queue whose work ends when the test says so. */
function world() {
  const queue = workQueue(new TestClock());
  const started: string[] = [];
  const ends: (() => void)[] = [];
  const ask = (asker: string, name = asker) =>
    queue(asker, async () => {
      started.push(name);
      await new Promise<void>((end) => ends.push(end));
      return name;
    });
  return { started, ask, endOne: async () => (ends.shift()?.(), await setImmediate()) };
}

test("runs two at a time, and the others in the order in which they came", async () => {
  const { started, ask, endOne } = world();
  const all = ["a", "b", "c", "d"].map((name) => ask(name));
  await setImmediate();
  expect(started).toEqual(["a", "b"]);
  for (let n = 0; n < 4; n += 1) await endOne();
  expect(await Promise.all(all)).toEqual(["a", "b", "c", "d"]);
});

test("does not run the longest waiting of an asker that has too many, and runs everybody else's", async () => {
  const { ask, endOne } = world();
  const greedy = Array.from({ length: 50 }, (_, n) => ask("greedy", `greedy-${n}`));
  const honest = ["a", "b", "c"].map((name) => ask(name));
  for (let n = 0; n < 20; n += 1) await endOne();
  expect(await Promise.all(honest)).toEqual(["a", "b", "c"]);
  const ran = await Promise.all(greedy);
  expect([ran.slice(0, 2), ran.slice(2, 42), ran.slice(42)]).toEqual([
    ["greedy-0", "greedy-1"],
    Array(40).fill(null),
    Array.from({ length: 8 }, (_, n) => `greedy-${n + 42}`),
  ]);
});

test("goes on after work that failed", async () => {
  const queue = workQueue(new TestClock());
  const failing = Array.from({ length: 5 }, () => queue("a", () => Promise.reject(new Error("broken"))));
  expect((await Promise.allSettled(failing)).map(({ status }) => status)).toEqual(Array(5).fill("rejected"));
  expect(await queue("a", async () => "done")).toBe("done");
});
