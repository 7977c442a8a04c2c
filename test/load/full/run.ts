import { writeFile } from "node:fs/promises";
import { machineFacts } from "../machine/facts.ts";
import { needTools } from "../machine/tools.ts";
import { type BenchOptions, profileFlags } from "../options.ts";
import { type MissingPeer, runRounds } from "../proxies/rounds.ts";
import { makeRows, neverMeasured, type Row } from "../proxies/rows.ts";
import type { Spread } from "../statistics.ts";
import { textTable } from "../text-table.ts";
import { createWorld, type World } from "../world/world.ts";
import { type FullGoal, fullGoals } from "./goals.ts";
import { type Group, groupsOf } from "./groups.ts";
import { type Load, writeLoad } from "./loads.ts";

const warmupSeconds = 2;
const firstWarmupSeconds = 8;

/** Sizes, connections, streams and distinct bodies, each against the bare proxy and http-proxy-3 under the same load. False when a goal is missed. */
export async function benchFull(options: BenchOptions): Promise<boolean> {
  await needTools();
  const { only, rounds, profile, policyFolder, out } = options;
  const world = await createWorld({ nodeFlags: profileFlags(profile), policyFolder });
  try {
    const [rows, missing]: [Row[], MissingPeer[]] = [[], []];
    for (const group of await groupsOf(world)) {
      if (only.length > 0 && !only.includes(group.name)) continue;
      const ran = await runGroup(world, group, options);
      const made = makeRows(ran.series);
      rows.push(...made);
      missing.push(...ran.missing, ...neverMeasured(ran.series, made));
    }
    const goals = fullGoals(rows).filter(({ group }) => only.length === 0 || only.includes(group));
    const whole = { date: new Date().toISOString(), machine: machineFacts(), rounds, rows, missing, goals };
    if (out !== null) await writeFile(out, `${JSON.stringify(whole, null, 2)}\n`);
    process.stdout.write(`${render(rows, missing, goals)}\n`);
    return missing.length === 0 && rows.every(({ faults }) => faults.length === 0) && goals.every(isMet);
  } finally {
    await world.close();
  }
}

async function runGroup(world: World, group: Group, { rounds, seconds }: BenchOptions) {
  const upstream = await group.startUpstream();
  try {
    const shapes = [];
    for (const { name, load, connections, seconds: own } of group.shapes) {
      const script = await writeLoad(world, name.replaceAll(/\W+/g, "-"), load);
      shapes.push({ name, script, window: { warmupSeconds, seconds: own ?? seconds, connections } });
    }
    return await runRounds(
      { ...world, upstream: { ...world.upstream, ...upstream } },
      {
        rounds,
        shapes,
        firstWarmupSeconds,
        peers: group.peers,
        check: async (origin) => {
          for (const { load } of group.shapes) await callOnce(origin, world, load);
        },
        say: (line) => void process.stderr.write(`${line}\n`),
      },
    );
  } finally {
    await upstream.stop();
  }
}

/** @throws Error when the first request of a load is not answered with 200 */
async function callOnce(origin: string, { token }: World, { path, headers, bodies }: Load): Promise<void> {
  const answer = await fetch(origin + path, {
    method: "POST",
    headers: { ...headers, authorization: `Bearer ${token}` },
    body: bodies[0] ?? "",
  });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`answered ${answer.status} instead of 200: ${text.slice(0, 500)}`);
}

function isMet({ measured, most }: FullGoal): boolean {
  return measured !== null && measured <= most;
}

function render(rows: readonly Row[], missing: readonly MissingPeer[], goals: readonly FullGoal[]): string {
  const range = ({ median, min, max }: Spread, digits: number): string =>
    `${median.toFixed(digits)} [${min.toFixed(digits)}–${max.toFixed(digits)}]`;
  const cells = rows.map((row) => [
    `${row.shape}: ${row.name}`,
    ...[range(row.u, 2), range(row.cpu_us, 0), String(row.rps), row.p50_ms.toFixed(2), row.p99_ms.toFixed(2)],
    ...[row.record_bytes === null ? "–" : String(row.record_bytes), String(row.non_2xx)],
  ]);
  const said = goals.map((goal) => [
    goal.goal,
    goal.measured === null ? "not measured" : goal.measured.toFixed(2),
    String(goal.most),
    isMet(goal) ? "met" : "missed",
  ]);
  return [
    textTable(["", "U", "CPU µs", "req/s", "p50 ms", "p99 ms", "record B", "non-2xx"], cells),
    "",
    textTable(["goal", "measured", "at most", ""], said),
    ...missing.map(({ name, reason }) => `MISSING ${name}: ${reason}`),
    ...rows.flatMap(({ name, shape, faults }) => faults.map((fault) => `FAULT ${shape}: ${name}: ${fault}`)),
  ].join("\n");
}
