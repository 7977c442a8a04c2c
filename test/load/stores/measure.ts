import { treeCpuUs } from "../machine/proc.ts";
import { pause } from "../machine/process.ts";
import { runWrk, type WrkResult } from "../proxies/wrk.ts";
import type { BenchGateway } from "../world/gateway.ts";
import type { World } from "../world/world.ts";
import type { BenchDatabase, CountedStatement } from "./database.ts";
import type { Load } from "./loads.ts";
import { bytesBetween, wireBytes } from "./wire-bytes.ts";

/** One window of one gateway. What is counted in the database is null for the embedded store. */
export interface Measured extends WrkResult {
  readonly cpuUs: number;
  readonly unforwarded: number;
  /** More calls than there were sessions for. */
  readonly again: number;
  readonly database: MeasuredDatabase | null;
}

/** A call, but for `waits`. */
export interface MeasuredDatabase {
  readonly cpuUs: number;
  readonly statements: number;
  /** Null where it cannot be counted. */
  readonly wireBytes: number | null;
  readonly walBytes: number;
  /** Share of looks that have found a connection waiting for a lock. */
  readonly waits: number;
  readonly counted: readonly CountedStatement[];
}

export interface Measuring {
  readonly world: World;
  readonly gateway: BenchGateway;
  /** Null for the embedded store. */
  readonly database: BenchDatabase | null;
  readonly load: Load;
  readonly connections: number;
  readonly seconds: number;
}

const warmupSeconds = 2;
const lookEveryMs = 100;

export async function measureWindow(asked: Measuring): Promise<Measured> {
  const { world, gateway, load, connections, database, seconds } = asked;
  const run = (length: number) =>
    runWrk(load.script, gateway.origin, { seconds: length, connections }, world.pins.load);
  await load.prepare(warmupSeconds);
  await run(warmupSeconds);
  const seenBefore = await world.upstream.requests();
  // Sessions of this window are made before the clock runs.
  const enough = await load.prepare(seconds);
  const cpuBefore = treeCpuUs([gateway.pid]);
  const watched = database === null ? null : await watch(database);
  const result = await run(seconds);
  const cpu = treeCpuUs([gateway.pid]) - cpuBefore;
  const counted = (await watched?.end(result.requests)) ?? null;
  const seen = (await world.upstream.requests()) - seenBefore - 1;
  if (result.requests === 0) throw new Error("no request was answered");
  await gateway.prune();
  return {
    ...result,
    cpuUs: cpu / result.requests,
    unforwarded: Math.max(0, result.requests - seen),
    again: Math.max(0, result.requests - enough),
    database: counted,
  };
}

async function watch(database: BenchDatabase) {
  await database.forget();
  const [cpuBefore, bytesBefore] = [treeCpuUs([database.pid]), wireBytes(database.port)];
  let [looks, waits, ended] = [0, 0, false];
  const looking = (async () => {
    for (; !ended; await pause(lookEveryMs)) {
      looks += 1;
      if ((await database.waiting()) > 0) waits += 1;
    }
  })();
  return {
    async end(calls: number): Promise<MeasuredDatabase> {
      const cpu = treeCpuUs([database.pid]) - cpuBefore;
      const bytesAfter = wireBytes(database.port);
      ended = true;
      await looking;
      const counted = await database.statements();
      const sum = (of: (statement: CountedStatement) => number) => counted.reduce((all, one) => all + of(one), 0);
      return {
        cpuUs: cpu / calls,
        statements: sum((one) => one.calls) / calls,
        wireBytes: bytesBefore === null || bytesAfter === null ? null : bytesBetween(bytesBefore, bytesAfter) / calls,
        walBytes: sum((one) => one.walBytes) / calls,
        waits: waits / looks,
        counted,
      };
    },
  };
}
