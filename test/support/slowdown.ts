const FEWEST_ROUNDS = 5;
const PATIENCE_MS = 4_000;

/**
 * How many times as long `one` takes as `other`: the best of each over rounds side by side, so that other work of the machine
 * counts only when it falls into every round. Goes on while the answer is not below `enough`: noise passes, a slow `one` stays slow.
 */
export async function slowdown(one: () => unknown, other: () => unknown, enough: number): Promise<number> {
  let [best, otherBest] = [Infinity, Infinity];
  const until = performance.now() + PATIENCE_MS;
  for (let round = 1; round <= FEWEST_ROUNDS || performance.now() < until; round++) {
    otherBest = Math.min(otherBest, await milliseconds(other));
    best = Math.min(best, await milliseconds(one));
    if (round >= FEWEST_ROUNDS && best < otherBest * enough) break;
  }
  return best / otherBest;
}

async function milliseconds(run: () => unknown): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}
