import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../../../demo/gate/config-file.ts";
import { startProcess } from "../machine/process.ts";
import type { fullGroups } from "../options.ts";
import { type ListedPeer, listedPeers, unitName } from "../peers/all.ts";
import { type GatewayChanges, gatewayPeer } from "../peers/gateway-peer.ts";
import { type Nginx, requestsOf, startAnsweringNginx } from "../world/nginx.ts";
import { buildPolicy } from "../world/policy.ts";
import type { World } from "../world/world.ts";
import { distinct, fixed, type Load, sized, toolCall } from "./loads.ts";

export interface GroupShape {
  readonly name: string;
  readonly load: Load;
  readonly connections: number;
  /** Of each window; default: as the run has it. */
  readonly seconds?: number;
}

/** What is measured in the same rounds, against the same tool server. */
export interface Group {
  readonly name: (typeof fullGroups)[number];
  readonly shapes: readonly GroupShape[];
  readonly peers: readonly ListedPeer[];
  startUpstream(): Promise<Pick<Nginx, "origin" | "requests" | "stop">>;
}

export const unread = "sallyport-unread";
export const megabytes = 50;

const mcpUpstream = fileURLToPath(new URL("mcp-upstream.ts", import.meta.url));
const bare = listedPeers.filter(({ name }) => [unitName, "http-proxy-3"].includes(name));

/** Policies are built here, so that it takes some seconds. */
export async function groupsOf(world: World): Promise<Group[]> {
  const { upstream } = world;
  const shared = () => Promise.resolve({ ...upstream, stop: () => Promise.resolve() });
  const large = { body: { max: "2MiB" } };
  const silent = (await buildPolicy(join(world.dir, "silent"), { readsArguments: false })).folder;
  return [
    {
      name: "connections",
      shapes: [16, 64, 256].map((connections) => ({ name: `1 KB, c=${connections}`, load: fixed, connections })),
      peers: [...bare, own({})],
      startUpstream: shared,
    },
    {
      name: "distinct",
      shapes: [{ name: "4,096 bodies, a dozen rules", load: distinct, connections: 16 }],
      peers: [...bare, own({ policyFolder: await withReadingRules(world) })],
      startUpstream: shared,
    },
    {
      name: "mcp",
      shapes: [{ name: "MCP tools/call", load: toolCall, connections: 16 }],
      peers: [...bare, own({ route: { protocol: "mcp", openapi: undefined } })],
      startUpstream: () => startMcp(world),
    },
    {
      name: "sizes",
      shapes: [
        { name: "64 KB", load: sized(64 * 1024), connections: 16 },
        { name: "1 MB", load: sized(1_000_000), connections: 16 },
      ],
      peers: [...bare, own({ route: large }), own({ route: large, policyFolder: silent }, unread)],
      startUpstream: shared,
    },
    {
      name: "answers",
      shapes: [{ name: `answer of ${megabytes} MB`, load: fixed, connections: 4, seconds: 10 }],
      peers: [...bare, own({ upstream: { max_response: "64MiB" } })],
      startUpstream: () => startAnsweringNginx(join(world.dir, "large"), world.pins.load, megabytes * 1_000_000),
    },
    {
      name: "sustained",
      shapes: [
        { name: "1 KB, short", load: fixed, connections: 16 },
        { name: "1 KB, 60 s", load: fixed, connections: 16, seconds: 60 },
      ],
      peers: [...bare.filter(({ name }) => name === unitName), own({})],
      startUpstream: shared,
    },
  ];
}

function own(changes: GatewayChanges, name = "sallyport"): ListedPeer {
  return {
    name,
    what: "Sallyport whole: token, policy, durable log",
    load: () => Promise.resolve({ peer: gatewayPeer(name, "strict", changes) }),
  };
}

/** The starter policy and twelve rules, each of which reads another argument. */
async function withReadingRules(world: World): Promise<string> {
  const folder = join(world.dir, "reading");
  await cp(world.policy.folder, folder, { recursive: true });
  const fields = ["query", "customer_id", "states", "created", "sort", "limit"];
  for (let at = 0; at < 12; at += 1) {
    const place = join(folder, "sallyport/rules/bench", `r${at}`);
    await mkdir(place, { recursive: true });
    await writeFile(join(place, `r${at}.rego`), readingRule(at, fields[at % fields.length] ?? ""));
  }
  return folder;
}

function readingRule(at: number, field: string): string {
  return `package sallyport.rules.bench.r${at}

import data.sallyport.reason

# METADATA
# title: Bench ${at}
# description: Nothing has this value.
# custom: { code: BENCH_${at}, severity: low }
_found := reason.of(rego.metadata.chain())

deny contains _found if contains(json.marshal(input.context.arguments.${field}), "no such value ${at}")
`;
}

async function startMcp({ pins }: World): Promise<Pick<Nginx, "origin" | "requests" | "stop">> {
  const port = await freePort();
  const running = startProcess([process.execPath, mcpUpstream], { cpu: pins.load, env: { PORT: String(port) } });
  const at = `http://127.0.0.1:${port}`;
  const requests = (): Promise<number> => requestsOf(at);
  await running.waitFor(() => requests().catch(() => null));
  return { origin: at, requests, stop: () => running.stop() };
}
