/**
 * `node test/load/entered-files.ts [CHECKOUT]`: which files of gateway/ one allowed HTTP call enters, from the coverage of a real
 * gateway. Functions count that ran between two looks, with one call in between and the gateway steady before.
 */
import { join, relative, resolve } from "node:path";
import { freePort } from "../../demo/gate/config-file.ts";
import { startBenchGateway } from "./world/gateway.ts";
import { callOnce, createWorld } from "./world/world.ts";

interface Coverage {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly { readonly ranges: readonly { readonly count: number }[] }[];
  }[];
}

const warmUp = 200;
const root = resolve(process.argv[2] ?? ".");
const world = await createWorld();
const port = await freePort();
const gateway = await startBenchGateway({
  root,
  dir: join(world.dir, "entered"),
  origin: world.upstream.origin,
  keyFile: world.keyFile,
  durability: "strict",
  nodeFlags: [`--inspect=127.0.0.1:${port}`],
});
try {
  const ask = await inspector(port);
  await ask("Profiler.enable", {});
  await ask("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
  for (let call = 0; call < warmUp; call += 1) await callOnce(gateway.origin, world);
  const idle = await entered(ask, () => new Promise((done) => setTimeout(done, 1_000)));
  const busy = await entered(ask, () => callOnce(gateway.origin, world));
  const files = [...busy].filter((file) => !idle.has(file)).sort();
  process.stdout.write(`${files.join("\n")}\n${files.length} files\n`);
} finally {
  await gateway.stop();
  await world.close();
}

type Ask = (method: string, params: object) => Promise<unknown>;

/** Files of gateway/ with a function that ran while `work` did; what runs by itself meanwhile is among them. */
async function entered(ask: Ask, work: () => Promise<unknown>): Promise<Set<string>> {
  await ask("Profiler.takePreciseCoverage", {});
  await work();
  const { result } = (await ask("Profiler.takePreciseCoverage", {})) as Coverage;
  const ran = result.filter(({ functions }) => functions.some(({ ranges }) => (ranges[0]?.count ?? 0) > 0));
  const prefix = `file://${join(root, "gateway")}/`;
  return new Set(
    ran.filter(({ url }) => url.startsWith(prefix)).map(({ url }) => relative(root, new URL(url).pathname)),
  );
}

/** The DevTools protocol of a process that listens for it. */
async function inspector(at: number): Promise<Ask> {
  const [target] = (await (await fetch(`http://127.0.0.1:${at}/json/list`)).json()) as {
    webSocketDebuggerUrl: string;
  }[];
  const socket = new WebSocket(target?.webSocketDebuggerUrl ?? "");
  await new Promise((open, failed) => {
    socket.onopen = open;
    socket.onerror = failed;
  });
  const waiting = new Map<number, (value: unknown) => void>();
  socket.onmessage = ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as { id?: number; result?: unknown };
    if (id !== undefined) waiting.get(id)?.(result);
  };
  let last = 0;
  return (method, params) =>
    new Promise((answer) => {
      const id = ++last;
      waiting.set(id, answer);
      socket.send(JSON.stringify({ id, method, params }));
    });
}
