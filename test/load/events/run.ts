import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../../../demo/gate/config-file.ts";
import { machineFacts } from "../machine/facts.ts";
import { treeCpuUs } from "../machine/proc.ts";
import { type Running, startProcess } from "../machine/process.ts";
import { needTools } from "../machine/tools.ts";
import { type BenchOptions, profileFlags } from "../options.ts";
import { peer as bareUndici } from "../peers/bare-undici.ts";
import type { StartedPeer } from "../peer.ts";
import { type Spread, spread } from "../statistics.ts";
import { textTable } from "../text-table.ts";
import { callBody, callPath, routePrefix } from "../world/call.ts";
import { startBenchGateway } from "../world/gateway.ts";
import { createWorld, type World } from "../world/world.ts";

const events = 20_000;
/** Of one round: CPU time is told in steps of 10 ms. */
const calls = 10;
const sizes = [200, 2_000] as const;

interface Protocol {
  readonly row: string;
  readonly name: string;
  readonly route: Readonly<Record<string, unknown>>;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
}

const json = { "content-type": "application/json", accept: "application/json, text/event-stream" };
const found = { query: "parcel arrived damaged" };
/** Nothing reads the events of plain HTTP here; those of MCP are read strictly, and remembered as far as `results.max` goes. */
const protocols: readonly Protocol[] = [
  {
    row: "sse",
    name: "plain SSE",
    route: { results: { streams: "pass-labelled" } },
    path: callPath,
    headers: json,
    body: JSON.parse(callBody().toString()) as object,
  },
  {
    row: "mcp",
    name: "MCP",
    route: { protocol: "mcp", openapi: undefined },
    path: routePrefix,
    headers: { ...json, "mcp-protocol-version": "2025-11-25" },
    body: { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "find_ticket", arguments: found } },
  },
];
/** Of the CPU of a bare pipe for each event. */
const goal = 1.1;
const upstreamScript = fileURLToPath(new URL("upstream.ts", import.meta.url));

interface EventRow {
  readonly protocol: string;
  readonly bytes: number;
  /** CPU µs an event, of the pipe and of the gateway in the same round. */
  readonly pipe_us: Spread;
  readonly gateway_us: Spread;
  readonly ratio: Spread;
  /** Of the gateway of another checkout; null without one. */
  readonly against_us: Spread | null;
}

/** What an event of a stream costs: through a gateway that reads it as MCP, and through a bare pipe. */
export async function benchEvents(options: BenchOptions): Promise<boolean> {
  const { rounds, out, profile, policyFolder, only } = options;
  await needTools();
  const world = await createWorld({ nodeFlags: profileFlags(profile), policyFolder });
  try {
    const rows: EventRow[] = [];
    for (const protocol of protocols)
      for (const bytes of sizes)
        if (only.length === 0 || only.includes(`${protocol.row}-${bytes}`))
          rows.push(await measureOne(world, protocol, bytes, options));
    const whole = { date: new Date().toISOString(), machine: machineFacts(), rounds, events: calls * events, rows };
    if (out !== null) await writeFile(out, `${JSON.stringify(whole, null, 2)}\n`);
    process.stdout.write(`${render(rows)}\n`);
    const missed = rows.filter(({ protocol, ratio }) => protocol === "plain SSE" && ratio.median > goal);
    for (const { bytes } of missed) process.stdout.write(`missed: plain SSE of ${bytes} bytes, at most ${goal}\n`);
    return missed.length === 0;
  } finally {
    await world.close();
  }
}

async function measureOne(
  world: World,
  protocol: Protocol,
  bytes: number,
  { rounds, against }: BenchOptions,
): Promise<EventRow> {
  const port = await freePort();
  const env = { PORT: String(port), EVENTS: String(events), BYTES: String(bytes) };
  const upstream = startProcess([process.execPath, upstreamScript], { cpu: world.pins.load, env });
  const origin = `http://127.0.0.1:${port}`;
  const peers: StartedPeer[] = [];
  try {
    await listening(upstream, origin);
    peers.push(await bareUndici.start({ ...world, upstream: { ...world.upstream, origin } }));
    const dir = join(world.dir, `${protocol.row}-${bytes}`);
    peers.push(await gatewayFor(protocol, world, origin, { dir }));
    if (against !== null)
      peers.push(await gatewayFor(protocol, world, origin, { dir: `${dir}-against`, root: against }));
    const all: number[][] = [];
    // The first one warms up.
    for (let round = 0; round <= rounds; round += 1) {
      all.push(await usOfEach(peers, protocol, world.token));
    }
    all.shift();
    const of = (value: (times: readonly number[]) => number): Spread => spread(all.map(value), 2);
    const at = (place: number) => of((times) => times[place] as number);
    return {
      protocol: protocol.name,
      bytes,
      pipe_us: at(0),
      gateway_us: at(1),
      ratio: of(([pipe, gateway]) => (gateway as number) / (pipe as number)),
      against_us: against === null ? null : at(2),
    };
  } finally {
    for (const peer of peers) await peer.stop();
    await upstream.stop();
  }
}

async function gatewayFor(
  { route }: Protocol,
  world: World,
  origin: string,
  where: { readonly dir: string; readonly root?: string },
): Promise<StartedPeer> {
  const { pins, keyFile, nodeFlags, policyFolder } = world;
  const { pid, ...gateway } = await startBenchGateway({
    ...where,
    origin,
    keyFile,
    cpu: pins.gateway,
    nodeFlags,
    policyFolder,
    durability: "strict",
    route,
  });
  return { ...gateway, pids: [pid], stop: gateway.stop };
}

/** CPU µs an event, of each peer. They take turns call by call: what else the machine does in a round, it does to all of them. */
async function usOfEach(peers: readonly StartedPeer[], protocol: Protocol, token: string): Promise<number[]> {
  const used = peers.map(() => 0);
  for (let call = 0; call < calls; call += 1)
    for (const [at, { pids, origin }] of peers.entries()) {
      const before = treeCpuUs(pids);
      await read(origin, protocol, token);
      used[at] = (used[at] ?? 0) + treeCpuUs(pids) - before;
    }
  return used.map((us) => us / (calls * events));
}

/** One stream to its end. @throws Error when an event is missing */
async function read(origin: string, { path, headers, body }: Protocol, token: string): Promise<void> {
  const answer = await fetch(origin + path, {
    method: "POST",
    headers: { ...headers, authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  });
  const got = (await answer.text()).split("\n\n").length - 1;
  if (got !== events + 1) throw new Error(`${got} of ${events + 1} events came, status ${answer.status}`);
}

function listening(upstream: Running, origin: string): Promise<true> {
  return upstream.waitFor(async () => {
    const answer = await fetch(origin).catch(() => null);
    await answer?.body?.cancel();
    return answer === null ? null : true;
  });
}

function render(rows: readonly EventRow[]): string {
  const shown = ({ median, min, max }: Spread): string => `${median.toFixed(2)} [${min.toFixed(2)}–${max.toFixed(2)}]`;
  return textTable(
    ["event", "bare pipe µs", "gateway µs", "ratio", "another checkout µs"],
    rows.map(({ protocol, bytes, pipe_us, gateway_us, ratio, against_us }) => [
      `${protocol}, ${bytes} bytes`,
      ...[pipe_us, gateway_us, ratio].map(shown),
      against_us === null ? "–" : shown(against_us),
    ]),
  );
}
