import { setImmediate } from "node:timers/promises";
import { type Guesser, loginThrottle, workQueue } from "../../../gateway/sign-in/throttle.ts";
import { TestClock } from "../../support/builders.ts";

const year = 365 * 86_400_000;
const alice: Guesser = { name: "alice", address: "192.0.2.1", signedIn: false };

function world() {
  const clock = new TestClock();
  const throttle = loginThrottle(clock);
  const fail = (times: number, guesser: (n: number) => Guesser) => {
    for (let n = 0; n < times; n += 1) throttle.failed(guesser(n));
  };
  return { clock, throttle, fail };
}

test("makes a name wait after five failures from one address, twice as long each time and at most five minutes", () => {
  const { throttle, fail } = world();
  const waits = Array.from({ length: 15 }, () => {
    throttle.failed(alice);
    return throttle.waitMs(alice) / 1_000;
  });
  expect(waits).toEqual([0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
  expect(throttle.waitMs({ ...alice, address: "192.0.2.2" })).toBe(0);
  fail(5, () => ({ ...alice, address: "2001:db8::1" }));
  expect(throttle.waitMs({ ...alice, address: "2001:db8::2" })).toBe(1_000);
});

test("lets a name behind an address in, whatever number of invented names failed there", () => {
  const { throttle, fail } = world();
  fail(10_000, (n) => ({ ...alice, name: `invented-${n}` }));
  expect(throttle.waitMs(alice)).toBe(0);
});

test("makes a name wait after its first failure where many names have failed", () => {
  const { throttle, fail } = world();
  fail(60, (n) => ({ ...alice, name: `invented-${n}` }));
  throttle.failed(alice);
  expect(throttle.waitMs(alice)).toBe(1_000);
  expect(throttle.waitMs({ ...alice, name: "another" })).toBe(0);
});

test("does not forget a name's failures for a flood of invented names", () => {
  const { throttle, fail } = world();
  fail(8, () => alice);
  fail(20_000, (n) => ({ ...alice, name: `invented-${n}` }));
  expect(throttle.waitMs(alice)).toBeGreaterThan(0);
});

test("counts for who is signed in neither failures at sign-in nor those of the address", () => {
  const { throttle, fail } = world();
  fail(60, () => alice);
  const signedIn = { ...alice, signedIn: true };
  expect(throttle.waitMs(signedIn)).toBe(0);
  fail(6, () => signedIn);
  expect(throttle.waitMs({ ...signedIn, address: "203.0.113.9" })).toBe(2_000);
});

test("forgets failures after half an hour, and one that is taken back at once", () => {
  const { clock, throttle, fail } = world();
  fail(5, () => alice);
  throttle.undo(alice);
  expect(throttle.waitMs(alice)).toBe(0);
  fail(20, () => alice);
  clock.advance(30 * 60_000);
  fail(1, () => alice);
  expect(throttle.waitMs(alice)).toBe(0);
});

test.each([year, -year])("waits no longer, and no shorter, when the wall clock leaps by %s ms", (leap) => {
  const { clock, throttle, fail } = world();
  fail(6, () => alice);
  clock.leap(leap);
  expect(throttle.waitMs(alice)).toBe(2_000);
  clock.advance(2_000);
  expect(throttle.waitMs(alice)).toBe(0);
});

describe("the queue of passwords to check", () => {
  /** A queue whose work ends when the test says so. */
  function queueWorld() {
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
    const { started, ask, endOne } = queueWorld();
    const all = ["a", "b", "c", "d"].map((name) => ask(name));
    await setImmediate();
    expect(started).toEqual(["a", "b"]);
    for (let n = 0; n < 4; n += 1) await endOne();
    expect(await Promise.all(all)).toEqual(["a", "b", "c", "d"]);
  });

  test("does not run the longest waiting of an asker that has too many, and runs everybody else's", async () => {
    const { ask, endOne } = queueWorld();
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
});
