import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { machineFacts, type MachineFacts } from "../machine/facts.ts";
import { needTools } from "../machine/tools.ts";
import { type BenchOptions, profileFlags } from "../options.ts";
import { chosenPeers, unitName } from "../peers/all.ts";
import { textTable } from "../text-table.ts";
import { createWorld } from "../world/world.ts";
import { type Goal, goalsOf } from "./goals.ts";
import { type MissingPeer, runRounds } from "./rounds.ts";
import { makeRows, neverMeasured, type Row } from "./rows.ts";
import { writeWrkScript } from "./wrk.ts";

export interface Results {
  readonly date: string;
  readonly machine: MachineFacts;
  readonly load: {
    readonly wrk: string;
    readonly request_bytes: number;
    readonly answer_bytes: number;
    readonly first_warmup_s: number;
    readonly warmup_s: number;
    readonly window_s: number;
    readonly rounds: number;
  };
  readonly rows: readonly Row[];
  readonly missing: readonly MissingPeer[];
  readonly goals: readonly Goal[];
}

const warmupSeconds = 2;
/** Before the first round, in windows: V8 is still compiling a large program when a small one has long been warm. */
const firstWarmup = 3;
const standardFile = fileURLToPath(new URL("../results.json", import.meta.url));

/** The table of proxies. False when a row cannot be trusted or the unit is missing. */
export async function benchProxies(options: BenchOptions): Promise<boolean> {
  await needTools();
  const { rounds, seconds, only, against, profile, policyFolder, answerKb, concurrency } = options;
  const world = await createWorld({ nodeFlags: profileFlags(profile), policyFolder, answerKb });
  try {
    const say = (line: string): void => void process.stderr.write(`${line}\n`);
    const { series, missing } = await runRounds(world, {
      rounds,
      shapes: [
        { name: "", script: await writeWrkScript(world), window: { warmupSeconds, seconds, connections: concurrency } },
      ],
      firstWarmupSeconds: firstWarmup * seconds,
      peers: chosenPeers(only, against),
      say,
    });
    const rows = makeRows(series);
    const results: Results = {
      date: new Date().toISOString(),
      machine: machineFacts(),
      load: {
        wrk: `-t1 -c${concurrency}`,
        request_bytes: world.body.length,
        answer_bytes: answerKb * 1024,
        first_warmup_s: firstWarmup * seconds,
        warmup_s: warmupSeconds,
        window_s: seconds,
        rounds,
      },
      rows,
      missing: [...missing, ...neverMeasured(series, rows)],
      goals: goalsOf(rows),
    };
    await write(options, results);
    process.stdout.write(`${render(results)}\n`);
    return rows.some(({ name }) => name === unitName) && rows.every(({ faults }) => faults.length === 0);
  } finally {
    await world.close();
  }
}

/** A part of the table does not replace the whole one. */
async function write({ out, only, against }: BenchOptions, results: Results): Promise<void> {
  const file = out ?? (only.length === 0 && against === null ? standardFile : null);
  if (file !== null) await writeFile(file, `${JSON.stringify(results, null, 2)}\n`);
}

function render({ machine, date, load, rows, missing, goals }: Results): string {
  const { cpu, cpus, kernel, node, opa, nginx } = machine;
  const range = ({ median, min, max }: Row["u"], digits: number): string =>
    `${median.toFixed(digits)} [${min.toFixed(digits)}–${max.toFixed(digits)}]`;
  const cells = rows.map((row) => [
    row.name,
    range(row.u, 2),
    range(row.cpu_us, 0),
    String(row.rps),
    row.p50_ms.toFixed(2),
    row.p99_ms.toFixed(2),
    row.record_bytes === null ? "–" : String(row.record_bytes),
    String(row.non_2xx),
  ]);
  return [
    "",
    `${cpu}, ${cpus} CPUs, Linux ${kernel}, Node ${node}, opa ${opa}, nginx ${nginx}, log on ${machine.log_filesystem}; ${date}`,
    `POST ${load.request_bytes} B, answer ${load.answer_bytes} B, wrk ${load.wrk}, ${load.rounds} rounds of ${load.window_s} s; CPU of the whole gateway side a request; U = ratio to the bare proxy of the same round`,
    "",
    textTable(["", "U", "CPU µs", "req/s", "p50 ms", "p99 ms", "record B", "non-2xx"], cells),
    "",
    ...rows.map(({ name, what, version }) => `${name}: ${what} (${version})`),
    ...missing.map(({ name, reason }) => `MISSING ${name}: ${reason}`),
    ...rows.flatMap(({ name, faults }) => faults.map((fault) => `FAULT ${name}: ${fault}`)),
    ...goals.map(
      ({ goal, wanted, measured, met }) =>
        `goal ${met ? "met" : "MISSED"}: ${goal} ${measured} (at most ${wanted.toFixed(2)})`,
    ),
  ].join("\n");
}
