import { median } from "./statistics.ts";

const batchMs = 5;
const batches = 15;

/** Runs of `work` that take about five milliseconds; also warms it up. */
export function batchSize(work: () => void): number {
  for (let count = 1; ; count *= 2) {
    const began = performance.now();
    for (let run = 0; run < count; run++) work();
    const ms = performance.now() - began;
    if (ms >= batchMs) return Math.max(1, Math.round((count * batchMs) / ms));
  }
}

/** µs of one run: the median over short batches, so that a preempted batch does not count. */
export function timeUs(work: () => void, size: number): number {
  const times = Array.from({ length: batches }, () => {
    const began = performance.now();
    for (let run = 0; run < size; run++) work();
    return ((performance.now() - began) * 1_000) / size;
  });
  return median(times);
}
