import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { machineFacts } from "../machine/facts.ts";
import { residentBytes } from "../machine/proc.ts";
import { pause } from "../machine/process.ts";
import { needTools } from "../machine/tools.ts";
import { type BenchOptions, profileFlags } from "../options.ts";
import { median } from "../statistics.ts";
import { textTable } from "../text-table.ts";
import { type BenchGateway, startBenchGateway } from "../world/gateway.ts";
import { callOnce, createWorld, type World } from "../world/world.ts";
import { HeldCallers } from "./callers.ts";

const counts = [1_000, 5_000] as const;
const callsBeside = 50;
/** Until garbage of the arrivals is collected; memory is read over this time and its median taken. */
const settleMs = 3_000;

interface HoldsResult {
  readonly held: number;
  readonly resident_mib: number;
  /** KiB of resident memory a held call, its open connection included. */
  readonly kib_per_call: number;
  /** Median ms of an allowed call sent while all these wait. */
  readonly other_call_ms: number;
}

/** Memory of calls that wait for people on an open connection, and whether other traffic goes on. */
export async function benchHolds({ out, profile }: BenchOptions): Promise<boolean> {
  await needTools();
  const world = await createWorld({ nodeFlags: profileFlags(profile) });
  const gateway = await startHolding(world);
  const callers = new HeldCallers(gateway.origin, world.token);
  try {
    await callBeside(gateway, world);
    const empty = await settledBytes(gateway);
    const results: HoldsResult[] = [];
    for (const held of counts) {
      await callers.upTo(held);
      await until(async () => (await gateway.heldCalls()) >= held);
      const resident = await settledBytes(gateway);
      const kib = (resident - empty) / held / 1024;
      const other_call_ms = await callBeside(gateway, world);
      results.push({
        held,
        resident_mib: Math.round(resident / 2 ** 20),
        kib_per_call: Number(kib.toFixed(1)),
        other_call_ms,
      });
    }
    const early = callers.answered;
    const whole = {
      date: new Date().toISOString(),
      machine: machineFacts(),
      empty_mib: Math.round(empty / 2 ** 20),
      answered_early: early,
      results,
    };
    if (out !== null) await writeFile(out, `${JSON.stringify(whole, null, 2)}\n`);
    process.stdout.write(`${render(whole.empty_mib, results)}\n`);
    return early === 0;
  } finally {
    callers.leave();
    await gateway.stop();
    await world.close();
  }
}

function startHolding({ dir, upstream, keyFile, pins, nodeFlags }: World): Promise<BenchGateway> {
  return startBenchGateway({
    dir: join(dir, "holds"),
    origin: upstream.origin,
    keyFile,
    durability: "strict",
    cpu: pins.gateway,
    nodeFlags,
    route: { hold: { max_wait: "30m" } },
    config: { holds: { per_subject: Math.max(...counts) + 1 } },
  });
}

async function callBeside({ origin }: BenchGateway, world: World): Promise<number> {
  const times: number[] = [];
  for (let call = 0; call < callsBeside; call++) {
    const began = performance.now();
    await callOnce(origin, world);
    times.push(performance.now() - began);
  }
  return Number(median(times).toFixed(2));
}

async function settledBytes({ pid }: BenchGateway): Promise<number> {
  const readings: number[] = [];
  for (const until = performance.now() + settleMs; performance.now() < until;) {
    await pause(100);
    readings.push(residentBytes(pid));
  }
  return median(readings);
}

async function until(reached: () => Promise<boolean>): Promise<void> {
  for (const limit = performance.now() + 300_000; !(await reached()); await pause(100)) {
    if (performance.now() > limit) throw new Error("the gateway does not hold all calls after 300 s");
  }
}

function render(empty: number, results: readonly HoldsResult[]): string {
  const rows = results.map(({ held, resident_mib, kib_per_call, other_call_ms }) => [
    String(held),
    String(resident_mib),
    String(kib_per_call),
    other_call_ms.toFixed(2),
  ]);
  return `resident without held calls: ${empty} MiB\n${textTable(["held", "resident MiB", "KiB a held call", "other call ms"], rows)}`;
}
