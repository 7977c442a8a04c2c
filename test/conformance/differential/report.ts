import { differential } from "./run.ts";

/** Prints each difference and, as the last line, the counts. @returns the exit code */
export async function reportDifferential(each: number, seed: number, only: string): Promise<number> {
  const names = only.split(",").filter((name) => name !== "");
  process.stderr.write(`seed ${seed}\n`);
  const { differences, ...counts } = await differential({ each, seed, only: names });
  for (const difference of differences) process.stdout.write(`${difference.slice(0, 2_000)}\n`);
  process.stdout.write(`${JSON.stringify({ ...counts, seed, differences: differences.length })}\n`);
  return counts.calls > 0 && differences.length === 0 ? 0 : 1;
}
