import { writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { type ThreeEdits, threeEdits } from "../../support/recorded/three-edits.ts";
import { machineFacts } from "../machine/facts.ts";
import { runProcess } from "../machine/process.ts";
import { needTools } from "../machine/tools.ts";
import type { BenchOptions } from "../options.ts";
import { type Spread, spread } from "../statistics.ts";
import { textTable } from "../text-table.ts";

/** As many as `policy replay` takes without an option. */
const decisions = 10_000;
const GOAL_PER_SECOND = 5_000;
const script = fileURLToPath(new URL("measure.ts", import.meta.url));

/** Of one run over the whole log. */
export interface Measured {
  readonly decisions: number;
  readonly changed: number;
  readonly perSecond: number;
  /** CPU time of all threads, in microseconds a decision. */
  readonly us: number;
}

interface Kind {
  readonly name: string;
  /** Beside the one that reads the log. */
  readonly threads: number;
}

const kinds: readonly Kind[] = [
  { name: "one thread", threads: 0 },
  { name: "as many as cores", threads: availableParallelism() - 1 },
];

/** Recorded decisions judged anew by a draft with another fact, another limit and another rule, in a fresh process each time. */
export async function benchReplay({ rounds, out }: BenchOptions): Promise<boolean> {
  await needTools();
  const made = await threeEdits(decisions);
  try {
    const runs = new Map<Kind, Measured[]>(kinds.map((kind) => [kind, []]));
    for (let round = 0; round < rounds; round += 1)
      for (const [kind, all] of runs) all.push(await measured(kind, made));
    const rows = [...runs].map(([{ name }, all]) => rowOf(name, all));
    const whole = { date: new Date().toISOString(), machine: machineFacts(), rounds, decisions, rows };
    if (out !== null) await writeFile(out, `${JSON.stringify(whole, null, 2)}\n`);
    const cells = rows.map(({ name, per_second, us, changed }) => [
      ...[name, shown(per_second), shown(us), String(changed)],
      per_second.median >= GOAL_PER_SECOND ? "met" : "missed",
    ]);
    const head = [`${decisions} decisions`, "a second", "CPU µs each", "changed", `≥ ${GOAL_PER_SECOND}`];
    process.stdout.write(`${textTable(head, cells)}\n`);
    return true;
  } finally {
    made.remove();
  }
}

async function measured({ threads }: Kind, { config, draft }: ThreeEdits): Promise<Measured> {
  return JSON.parse(await runProcess([process.execPath, script, config, draft, String(threads)])) as Measured;
}

function rowOf(name: string, runs: readonly Measured[]) {
  const of = (figure: (run: Measured) => number): Spread => spread(runs.map(figure), 0);
  return { name, per_second: of((run) => run.perSecond), us: of((run) => run.us), changed: runs[0]?.changed ?? 0 };
}

function shown({ median, min, max }: Spread): string {
  return `${median} [${min}–${max}]`;
}
