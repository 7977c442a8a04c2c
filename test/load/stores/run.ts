import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { machineFacts } from "../machine/facts.ts";
import { needTools } from "../machine/tools.ts";
import { type BenchOptions, profileFlags } from "../options.ts";
import { writeWrkScript } from "../proxies/wrk.ts";
import { type BenchGateway, startBenchGateway } from "../world/gateway.ts";
import { createWorld, type World } from "../world/world.ts";
import { type BenchDatabase, startDatabase } from "./database.ts";
import { limitedRoute, limits, type Load, loadNames, writeLoads } from "./loads.ts";
import { type Measured, measureWindow } from "./measure.ts";
import { render, type StoresResults } from "./render.ts";
import { makeRow, type Pair, type Row } from "./rows.ts";

const connectionCounts = [16, 64, 256] as const;

/** Both gateways with their stores. */
interface Gateways {
  readonly world: World;
  readonly database: BenchDatabase;
  readonly embedded: BenchGateway;
  readonly postgres: BenchGateway;
}

/** What a call costs on the embedded store and on PostgreSQL, side by side. False when a row cannot be trusted. */
export async function benchStores(options: BenchOptions): Promise<boolean> {
  await needTools();
  const { profile, policyFolder, only, out, rounds, seconds } = options;
  const world = await createWorld({ nodeFlags: profileFlags(profile), policyFolder });
  const ends: (() => Promise<void>)[] = [() => world.close()];
  try {
    const database = await startDatabase(world.dir, world.pins.load);
    ends.push(() => database.close());
    const start = async (name: string, config: object): Promise<BenchGateway> => {
      const gateway = await startOne(world, name, config);
      ends.push(() => gateway.stop());
      return gateway;
    };
    const [embedded, postgres] = [await start("embedded", {}), await start("postgres", { store: database.store })];
    await writeWrkScript(world);
    const loads = await writeLoads(world);
    const chosen = loadNames.filter((name) => only.length === 0 || only.includes(name)).map((name) => loads[name]);
    const loadBefore = machineLoad();
    const rows = await measureAll({ world, database, embedded, postgres }, chosen, options);
    const results: StoresResults = {
      date: new Date().toISOString(),
      machine: machineFacts(),
      postgresql: await database.version(),
      load_average: [loadBefore, machineLoad()],
      rounds,
      seconds,
      loads: chosen.map(({ name, what }) => ({ name, what })),
      rows,
    };
    if (out !== null) await writeFile(out, `${JSON.stringify(results, null, 2)}\n`);
    process.stdout.write(`${render(results)}\n`);
    return rows.every(({ faults }) => faults.length === 0);
  } finally {
    for (const end of ends.reverse()) await end();
  }
}

function startOne({ dir, upstream, keyFile, pins, nodeFlags, policyFolder }: World, name: string, config: object) {
  return startBenchGateway({
    dir: join(dir, name),
    origin: upstream.origin,
    keyFile,
    cpu: pins.gateway,
    nodeFlags,
    policyFolder,
    durability: "strict",
    moreRoutes: [limitedRoute],
    config: { ...config, limits, log: { level: "warn" } },
  });
}

async function measureAll(
  { world, database, embedded, postgres }: Gateways,
  loads: readonly Load[],
  { rounds, seconds }: BenchOptions,
): Promise<Row[]> {
  const pairs = new Map<string, Pair[]>();
  const one = (load: Load, connections: number, on: BenchDatabase | null): Promise<Measured> =>
    measureWindow({ world, gateway: on === null ? embedded : postgres, database: on, load, connections, seconds });
  for (let round = 1; round <= rounds; round++) {
    for (const load of loads) {
      for (const connections of connectionCounts) {
        // Whoever is second in one round is first in the next.
        const first = round % 2 === 1 ? await one(load, connections, null) : await one(load, connections, database);
        const second = round % 2 === 1 ? await one(load, connections, database) : await one(load, connections, null);
        const pair = round % 2 === 1 ? { embedded: first, postgres: second } : { embedded: second, postgres: first };
        const key = `${load.name} ${connections}`;
        pairs.set(key, [...(pairs.get(key) ?? []), pair]);
        process.stderr.write(`round ${round}/${rounds} ${key}: ${told(pair)}\n`);
      }
    }
  }
  return loads.flatMap((load) =>
    connectionCounts.map((count) => makeRow(load.name, count, pairs.get(`${load.name} ${count}`) ?? [])),
  );
}

function told({ embedded, postgres }: Pair): string {
  const statements = postgres.database?.statements.toFixed(3) ?? "";
  return `embedded ${embedded.cpuUs.toFixed(0)} µs, PostgreSQL ${postgres.cpuUs.toFixed(0)} µs, ${statements} statements a call`;
}

/** Of the last minute (proc_loadavg(5)): other work than the bench's shows in it. */
function machineLoad(): number {
  return Number(readFileSync("/proc/loadavg", "utf8").split(" ")[0]);
}
