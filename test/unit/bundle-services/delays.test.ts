import { backoffMs, pollMs } from "../../../gateway/bundle-services/delays.ts";

test("waits after failures as OPA does: not at all, then 160 ms, growing by 1.6 up to the limit, a fifth more or less", () => {
  const pauses = (random: () => number) =>
    [0, 1, 2, 3, 20].map((retries) => Math.round(backoffMs(retries, 120_000, random)));
  expect(pauses(() => 0.5)).toEqual([0, 160, 256, 410, 120_000]);
  expect(pauses(() => 0)).toEqual([0, 128, 205, 328, 96_000]);
  expect(pauses(() => 1)).toEqual([0, 192, 307, 492, 144_000]);
  expect(backoffMs(1, 50, () => 0.5)).toBe(50);
});

test("waits a random time between the two delays after a success", () => {
  const polling = { minMs: 60_000, maxMs: 120_000, waitS: null };
  expect([0, 0.5, 1].map((chance) => pollMs(polling, () => chance))).toEqual([60_000, 90_000, 120_000]);
});
