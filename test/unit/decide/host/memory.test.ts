import { setTimeout as delay } from "node:timers/promises";
import { memoryInSteps } from "../../../../gateway/decide/host/memory.ts";

const pagesOf = (megabytes: number): number => megabytes * 16;

test("large memory gets larger in steps with other work between them, and is as planned", async () => {
  const plan = { initial: pagesOf(40) + 1, maximum: pagesOf(64) };
  const sizes = new Set<number>();
  const grow = Reflect.get(WebAssembly.Memory.prototype, "grow");
  WebAssembly.Memory.prototype.grow = function (this: WebAssembly.Memory, by: number) {
    sizes.add(by);
    return grow.call(this, by);
  };
  let turns = 0;
  const made = memoryInSteps(plan);
  while (turns < 1_000 && (await Promise.race([made.then(() => true), delay(1, false)])) === false) turns += 1;
  const memory = await made;
  WebAssembly.Memory.prototype.grow = grow;
  expect([memory.pages, [...sizes], turns > 2]).toEqual([plan.initial, [pagesOf(16), pagesOf(8) + 1], true]);
  expect(() => memory.memory.grow(plan.maximum - plan.initial + 1)).toThrow(RangeError);
});

test("small memory is there at once", async () => {
  const plan = { initial: 3, maximum: 4 };
  const made = memoryInSteps(plan);
  expect(await Promise.race([made, delay(0, null)])).toHaveProperty("pages", 3);
});
