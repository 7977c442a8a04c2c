import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { keepCompiledCode } from "../../../gateway/cli/compiled-code.ts";
import { machineFacts } from "../machine/facts.ts";
import { figuresOf } from "../machine/own-process.ts";
import { removeTemporaryFolders, temporaryFolder } from "../machine/temporary.ts";
import type { activationRows, BenchOptions } from "../options.ts";
import { spread } from "../statistics.ts";
import { textTable } from "../text-table.ts";
import { delivery, type LargeEdit, threadsEndMs, untilActive } from "./delivery.ts";
import {
  benchPolicy,
  catalogFile,
  catalogOf,
  largeData,
  largeFile,
  ruleFile,
  ruleText,
  toolFile,
  toolText,
} from "./policies.ts";

interface Row {
  readonly name: string;
  /** What the median is to be at most, in the unit of the row; null: there is none. */
  readonly goal: number | null;
  readonly unit: "ms" | "x";
  /** One figure a round. */
  readonly values: readonly number[];
}

type Measure = (folder: string, rounds: number) => Promise<readonly Row[]>;

/** From an edit to the decision that follows it, and from nothing to a policy that judges. */
const measures: Readonly<Record<(typeof activationRows)[number], Measure>> = {
  "data-10": (folder, rounds) => dataEdits(folder, rounds, 10),
  "data-5000": (folder, rounds) => dataEdits(folder, rounds, 5_000),
  "data-5000-later": (folder, rounds) => dataEdits(folder, rounds, 5_000, { pauseMs: threadsEndMs }),
  "rules-20": (folder, rounds) => ruleEdits(folder, rounds, 20, 1_000),
  "rules-1000": (folder, rounds) => ruleEdits(folder, rounds, 1_000, 4_000),
  "tools-5000": startOfTools,
  "data-5mb": (folder, rounds) => largeEdits(folder, rounds, 5),
  "data-50mb": (folder, rounds) => largeEdits(folder, rounds, 50),
};

export async function benchActivation({ only, rounds, out }: BenchOptions): Promise<boolean> {
  // As the gateway does: an edit starts several threads, and half of what that takes is compiling their code.
  keepCompiledCode();
  const rows: Row[] = [];
  for (const [name, measure] of Object.entries(measures)) {
    if (only.length > 0 && !only.includes(name)) continue;
    const folder = await temporaryFolder();
    rows.push(...(await measure(folder, rounds)));
    await rm(folder, { recursive: true, force: true });
  }
  removeTemporaryFolders();
  const results = rows.map(({ values, ...row }) => ({ ...row, ...spread(values, 1) }));
  const whole = { date: new Date().toISOString(), machine: machineFacts(), rounds, results };
  if (out !== null) await writeFile(out, `${JSON.stringify(whole, null, 2)}\n`);
  const cells = results.map(({ name, unit, median, min, max, goal }) => [
    ...[name, `${median} ${unit}`, `${min}-${max}`, goal === null ? "" : `${goal} ${unit}`],
    goal === null ? "" : median <= goal ? "met" : "missed",
  ]);
  process.stdout.write(`${textTable(["", "median", "spread", "goal", ""], cells)}\n`);
  return true;
}

async function dataEdits(folder: string, rounds: number, tools: number, { pauseMs = 0 } = {}): Promise<readonly Row[]> {
  const policy = await benchPolicy(folder);
  await policy.write(catalogFile, catalogOf(tools, "low"));
  const values = await edits(folder, policy.dir, rounds, async (round) => {
    await delay(pauseMs);
    await policy.write(catalogFile, catalogOf(tools + round + 1, "high"));
  });
  const name = `edit of data, ${tools} tools`;
  if (pauseMs > 0) return [{ name: `${name}, half a minute after the last`, goal: null, unit: "ms", values }];
  return [{ name, goal: 300, unit: "ms", values }];
}

async function ruleEdits(folder: string, rounds: number, folders: number, goal: number): Promise<readonly Row[]> {
  const policy = await benchPolicy(folder);
  for (let index = 0; index < folders; index += 1) await policy.write(ruleFile(index), ruleText(index, 10));
  const values = await edits(folder, policy.dir, rounds, (round) => policy.write(ruleFile(0), ruleText(0, 20 + round)));
  return [{ name: `edit of a rule, ${folders} more folders`, goal, unit: "ms", values }];
}

async function edits(
  folder: string,
  policy: string,
  rounds: number,
  edit: (round: number) => Promise<void>,
): Promise<number[]> {
  const bundles = await delivery(folder, policy);
  await bundles.start();
  const values: number[] = [];
  for (let round = 0; round < rounds; round += 1) values.push(await untilActive(bundles, () => edit(round)));
  await bundles.close();
  return values;
}

async function startOfTools(folder: string, rounds: number): Promise<readonly Row[]> {
  const tools = 5_000;
  const policy = await benchPolicy(folder);
  await policy.write(catalogFile, catalogOf(tools, "low"));
  for (let index = 0; index < tools; index += 1) await policy.write(toolFile(index), toolText(index));
  const start = async (): Promise<number> => {
    const began = performance.now();
    const bundles = await delivery(folder, policy.dir);
    await bundles.start();
    const ms = performance.now() - began;
    await bundles.close();
    return ms;
  };
  const cold = [await start()];
  const warm: number[] = [];
  for (let round = 0; round < rounds; round += 1) warm.push(await start());
  const name = `start with packages of ${tools} tools`;
  return [
    { name, goal: 30_000, unit: "ms", values: cold },
    { name: `${name}, from the cache`, goal: 3_000, unit: "ms", values: warm },
  ];
}

/** One edit in a process of its own, so that nothing of the edit before, or of making the data, is observed. */
async function largeEdits(folder: string, rounds: number, megabytes: number): Promise<readonly Row[]> {
  const policy = await benchPolicy(folder);
  const first = largeData(megabytes, 0);
  const edited = join(folder, "edited.json");
  await writeFile(edited, largeData(megabytes, 1));
  const seen: LargeEdit[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await policy.write(largeFile, first);
    const paths = [join(folder, `run-${round}`), policy.dir, edited];
    seen.push(await figuresOf<LargeEdit>(new URL("./large-edit.ts", import.meta.url), paths, ["--expose-gc"]));
  }
  const times = (bytes: number): number => bytes / first.length;
  const name = `edit of ${megabytes} MB of data`;
  return [
    { name: `${name}: until active`, goal: null, unit: "ms", values: seen.map(({ ms }) => ms) },
    { name: `${name}: longest stall`, goal: 20, unit: "ms", values: seen.map(({ stallMs }) => stallMs) },
    { name: `${name}: most memory`, goal: 3, unit: "x", values: seen.map(({ mostBytes }) => times(mostBytes)) },
    { name: `${name}: memory that stays`, goal: 3, unit: "x", values: seen.map(({ keptBytes }) => times(keptBytes)) },
  ];
}
