import { writeFile } from "node:fs/promises";
import { machineFacts } from "../machine/facts.ts";
import { removeTemporaryFolders, temporaryFolder } from "../machine/temporary.ts";
import type { BenchOptions } from "../options.ts";
import { type Spread, spread } from "../statistics.ts";
import { textTable } from "../text-table.ts";
import { batchSize, timeUs } from "../timing.ts";
import { buildPolicy } from "../world/policy.ts";
import { type Engine, engines } from "./engines.ts";
import { policyInputs } from "./inputs.ts";
import { opaBenchUs } from "./opa-bench.ts";

interface SizeResult {
  readonly kb: number;
  readonly us: Readonly<Record<string, Spread>>;
  /** To the own host, in the same round. */
  readonly ratio: Readonly<Record<string, Spread>>;
}

interface PolicyResult {
  readonly policy: string;
  readonly results: readonly SizeResult[];
}

/** Whether they read the arguments. */
const policies: Readonly<Record<string, boolean>> = {
  "the starter policy, which reads the arguments": true,
  "without the rules that read the arguments": false,
};

/** One evaluation, from object to effect, at four input sizes, of two policies. @throws Error when an engine does not allow */
export async function benchPolicy({ rounds, out }: BenchOptions): Promise<boolean> {
  try {
    const all: PolicyResult[] = [];
    for (const [policy, readsArguments] of Object.entries(policies)) {
      const results = await measure(await temporaryFolder(), readsArguments, rounds);
      process.stdout.write(`${policy}\n${render(results)}\n\n`);
      all.push({ policy, results });
    }
    const whole = { date: new Date().toISOString(), machine: machineFacts(), rounds, policies: all };
    if (out !== null) await writeFile(out, `${JSON.stringify(whole, null, 2)}\n`);
    return true;
  } finally {
    removeTemporaryFolders();
  }
}

async function measure(dir: string, readsArguments: boolean, rounds: number): Promise<SizeResult[]> {
  const policy = await buildPolicy(dir, { readsArguments });
  const all = await engines(policy);
  const results: SizeResult[] = [];
  for (const { kb, document } of await policyInputs()) {
    const wrong = all.find((engine) => engine.evaluate(document) !== "allow");
    if (wrong !== undefined) throw new Error(`${wrong.name} does not allow the ${kb} KB input`);
    const work = all.map((engine) => prepare(engine, () => engine.evaluate(document)));
    const series = new Map<string, number[]>();
    for (let round = 0; round < rounds; round++) {
      for (const { name, measure: once } of work) push(series, name, once());
      const opa = await opaBenchUs(dir, policy.folder, document);
      if (opa !== null) push(series, "opa bench", opa);
    }
    results.push({ kb, ...summary(series) });
  }
  return results;
}

function prepare({ name }: Engine, work: () => unknown): { name: string; measure: () => number } {
  const size = batchSize(work);
  return { name, measure: () => timeUs(work, size) };
}

function push(series: Map<string, number[]>, name: string, value: number): void {
  series.set(name, [...(series.get(name) ?? []), value]);
}

function summary(series: ReadonlyMap<string, readonly number[]>): Omit<SizeResult, "kb"> {
  const own = series.get("own host") ?? [];
  const us = [...series].map(([name, values]) => [name, spread(values, 1)] as const);
  const ratio = [...series].map(
    ([name, values]) =>
      [
        name,
        spread(
          values.map((value, round) => value / (own[round] ?? Number.NaN)),
          2,
        ),
      ] as const,
  );
  return { us: Object.fromEntries(us), ratio: Object.fromEntries(ratio) };
}

function render(results: readonly SizeResult[]): string {
  const names = Object.keys(results[0]?.us ?? {});
  const rows = results.map(({ kb, us, ratio }) => [
    `${kb} KB`,
    ...names.map((name) => `${us[name]?.median.toFixed(1)} (${ratio[name]?.median.toFixed(2)}×)`),
  ]);
  return [
    "µs from document to effect, and ratio to the own host in the same round; opa bench has the input parsed beforehand",
    textTable(["input", ...names], rows),
  ].join("\n");
}
