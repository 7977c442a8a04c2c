import { KeptValues } from "../../../gateway/credentials/kept.ts";
import { TestClock } from "../../support/builders.ts";

const clock = new TestClock();
let kept: KeptValues<string>;
let made: number;
beforeEach(() => {
  made = 0;
  kept = new KeptValues({ clock, capacity: 2 });
});
const get = (key: string, forMs = 1_000) => kept.get(key, async () => ({ value: `${key}${++made}`, forMs }));

test("makes a value once for those that ask at once, and keeps it as long as it says", async () => {
  expect(await Promise.all([get("a"), get("a")])).toEqual(["a1", "a1"]);
  clock.advance(999);
  expect(await get("a")).toBe("a1");
  clock.advance(1);
  expect(await get("a")).toBe("a2");
});

test("keeps nothing that is for one use", async () => {
  expect([await get("a", 0), await get("a", 0)]).toEqual(["a1", "a2"]);
});

test("forgets what was refused", async () => {
  await get("a");
  kept.forget("a");
  expect(await get("a")).toBe("a2");
});

test("remembers a failure for a second, so that not every call waits for a server that is down", async () => {
  const fails = () =>
    kept.get("a", async () => {
      made += 1;
      throw new Error("down");
    });
  await expect(fails()).rejects.toThrow("down");
  await expect(get("a")).rejects.toThrow("down");
  expect(made).toBe(1);
  clock.advance(1_000);
  expect(await get("a")).toBe("a2");
});

test("has no more entries than its capacity", async () => {
  for (const key of ["a", "b", "c"]) await get(key);
  expect([await get("c"), await get("a")]).toEqual(["c3", "a4"]);
});
