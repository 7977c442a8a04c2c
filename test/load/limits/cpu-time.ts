import { median } from "../statistics.ts";

const batchMs = 20;
const batches = 9;

/** µs of CPU time of one run: the median over batches. Time in which others have the processor does not count. */
export function cpuUs(work: () => void): number {
  const size = batchSize(work);
  return median(Array.from({ length: batches }, () => runUs(work, size) / size));
}

function batchSize(work: () => void): number {
  for (let count = 64; ; count *= 2) {
    const ms = runUs(work, count) / 1_000;
    if (ms >= batchMs) return Math.max(1, Math.round((count * batchMs) / ms));
  }
}

function runUs(work: () => void, count: number): number {
  const before = process.cpuUsage();
  for (let run = 0; run < count; run += 1) work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
