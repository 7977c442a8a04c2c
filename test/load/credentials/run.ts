import { writeFile } from "node:fs/promises";
import { machineFacts } from "../machine/facts.ts";
import type { BenchOptions } from "../options.ts";
import { median, type Spread, spread } from "../statistics.ts";
import { textTable } from "../text-table.ts";
import { credentialSteps, type Step } from "./steps.ts";

const batches = 75;

interface Row {
  readonly name: string;
  readonly us: Spread;
}

/** What a credential costs a call, without the servers that are asked for it. */
export async function benchCredentials({ rounds, out }: BenchOptions): Promise<boolean> {
  const { steps, close } = await credentialSteps();
  const rows: Row[] = [];
  for (const step of steps) rows.push({ name: step.name, us: await measure(step, rounds) });
  close();
  const whole = { date: new Date().toISOString(), machine: machineFacts(), rounds, results: rows };
  if (out !== null) await writeFile(out, `${JSON.stringify(whole, null, 2)}\n`);
  const cells = rows.map(({ name, us }) => [name, `${us.median} µs`, `${us.min} – ${us.max}`]);
  process.stdout.write(`${textTable(["credential", "each", "of the rounds"], cells)}\n`);
  return true;
}

async function measure(step: Step, rounds: number): Promise<Spread> {
  const times: number[] = [];
  // The first one warms up.
  for (let round = 0; round <= rounds; round += 1) times.push(await measureRound(step));
  return spread(times.slice(1), 2);
}

/** µs: the median over short batches, so that a preempted batch does not count. */
async function measureRound({ times, run }: Step): Promise<number> {
  const all: number[] = [];
  for (let batch = 0; batch < batches; batch += 1) {
    const begun = performance.now();
    for (let number = 0; number < times; number += 1) await run(number);
    all.push(((performance.now() - begun) * 1_000) / times);
  }
  return median(all);
}
