import { randomInt } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parse, stringify } from "yaml";

/** Ports and folders that differ for each run. */
export interface Places {
  /** Folder of the written configuration; its data folder lies within. */
  readonly dir: string;
  readonly agentsPort: number;
  readonly consolePort: number;
  /** Upstream origin by route id. */
  readonly origins: Readonly<Record<string, string>>;
  /** The demonstration's layer of policy. */
  readonly policy: string;
}

interface DemoConfig {
  data_dir: string;
  listeners: { agents: { port: number }; console: { port: number } };
  routes: { id: string; openapi?: string; upstream: { origin: string } }[];
  policy: { sources: string[] };
}

const demoFolder = fileURLToPath(new URL("../", import.meta.url));
export const demoConfigFile = join(demoFolder, "sallyport.yaml");

/** Writes the demo's configuration with other ports and folders; returns the path of the file. */
export async function writeDemoConfig(places: Places): Promise<string> {
  const config = parse(await readFile(demoConfigFile, "utf8")) as DemoConfig;
  config.data_dir = "data";
  config.listeners.agents.port = places.agentsPort;
  config.listeners.console.port = places.consolePort;
  config.policy.sources = ["library", places.policy];
  for (const route of config.routes) {
    route.upstream.origin = places.origins[route.id] ?? route.upstream.origin;
    if (route.openapi !== undefined) route.openapi = resolve(demoFolder, route.openapi);
  }
  return writeConfig(places.dir, config);
}

/** Writes any configuration as `sallyport.yaml` into a folder; returns the file's path. */
export async function writeConfig(dir: string, config: object): Promise<string> {
  const file = join(dir, "sallyport.yaml");
  await writeFile(file, stringify(config));
  return file;
}

/** Below the range that systems use for outgoing connections, so that no other process takes one meanwhile. */
const firstPort = 15_000;
/** Each of the test runner's processes has ports of its own: what one of them stops and starts again finds its port free. */
const portsOfProcess = 2_000;
const processes = 8;
const givenPorts = new Set<number>();

/**
 * A port that was free a moment ago, and that this process was not given before. Known before the start, so that audiences and restarts can use it.
 * @param worker number of the test runner's process; 0 outside of it @throws Error when none is found
 */
export async function freePort(worker = process.env["JEST_WORKER_ID"] ?? "0"): Promise<number> {
  const from = firstPort + (Number(worker) % processes) * portsOfProcess;
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = randomInt(from, from + portsOfProcess);
    if (givenPorts.has(port)) continue;
    givenPorts.add(port);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port was found between ${from} and ${from + portsOfProcess}`);
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((done) => {
    server.once("error", () => done(false));
    server.listen(port, "127.0.0.1", () => server.close(() => done(true)));
  });
}
