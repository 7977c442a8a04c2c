import { existsSync } from "node:fs";
import { copyFile, mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort, writeConfig } from "../../../demo/gate/config-file.ts";
import { startProcess } from "../machine/process.ts";
import { caller, routePrefix } from "./call.ts";
import type { PolicyDocument } from "./document.ts";
import { wholeLines } from "../../support/record/whole-lines.ts";

export interface GatewayOptions {
  /** Folder of the checkout whose gateway and policy run; this one's when absent. */
  readonly root?: string;
  readonly dir: string;
  /** Where the tool server is. */
  readonly origin: string;
  /** Key file of the development issuer: every gateway of a run accepts the same token. */
  readonly keyFile: string;
  readonly durability: "strict" | "buffered";
  readonly cpu?: number;
  readonly nodeFlags?: readonly string[];
  /** Null or absent: the one of the checkout. */
  readonly policyFolder?: string | null;
  /** Settings of the route beyond the standard ones. */
  readonly route?: Readonly<Record<string, unknown>>;
  /** Settings of the route's upstream beyond the standard ones. */
  readonly upstream?: Readonly<Record<string, unknown>>;
  /** Further routes to the same tools: what they have of their own. */
  readonly moreRoutes?: readonly object[];
  /** Sections that replace the standard ones. */
  readonly config?: Readonly<Record<string, unknown>>;
}

export interface BenchGateway {
  readonly origin: string;
  readonly pid: number;
  /** The input document of the newest decision record, as policy saw it. @throws Error when there is none */
  lastInput(): Promise<PolicyDocument>;
  /** Calls that wait for people now. */
  heldCalls(): Promise<number>;
  /** Bytes in its old space, and how often all memory was collected so far. */
  oldSpace(): Promise<{ readonly bytes: number; readonly collections: number }>;
  /** Of all segments of its decision log. */
  recordBytes(): Promise<number>;
  /** Removes closed log segments: a run writes more than a disk should have to keep. */
  prune(): Promise<void>;
  stop(): Promise<void>;
}

export const ownRoot = fileURLToPath(new URL("../../..", import.meta.url));
const openapi = fileURLToPath(new URL("crm.openapi.yaml", import.meta.url));

/** `sallyport serve` as anyone runs it: starter policy, verified tokens, decision log on disk. */
export async function startBenchGateway(options: GatewayOptions): Promise<BenchGateway> {
  const { root = ownRoot, dir, keyFile, cpu, nodeFlags = [] } = options;
  const [agents, console] = await Promise.all([freePort(), freePort()]);
  await mkdir(join(dir, "data"), { recursive: true, mode: 0o700 });
  await copyFile(keyFile, join(dir, "data/issuer-dev.jwk.json"));
  const configFile = await writeConfig(dir, config(options, agents, console));
  const command = [process.execPath, ...nodeFlags, join(root, "gateway/main.ts"), "serve", "--config", configFile];
  const running = startProcess(command, cpu === undefined ? {} : { cpu });
  try {
    await running.waitFor(() => isReady(console));
  } catch (failure) {
    await running.stop();
    throw failure;
  }
  const log = join(dir, "data/log");
  return {
    origin: `http://127.0.0.1:${agents}`,
    pid: running.pid,
    lastInput: () => lastInput(log),
    heldCalls: () => heldCalls(console),
    oldSpace: () => oldSpace(console),
    recordBytes: () => recordBytes(log),
    prune: () => prune(log),
    stop: () => running.stop(),
  };
}

function config(
  {
    root = ownRoot,
    origin,
    durability,
    policyFolder,
    route = {},
    upstream = {},
    moreRoutes = [],
    config: changes = {},
  }: GatewayOptions,
  agents: number,
  console: number,
): object {
  const crm = {
    id: "crm",
    prefix: routePrefix,
    rewrite: "/",
    protocol: "http",
    server: "crm",
    upstream: { origin, allow_addresses: ["loopback"], ...upstream },
    issuers: ["dev"],
    audience: caller.audience,
    openapi,
    durability,
    ...route,
  };
  return {
    version: 1,
    instance: "bench",
    environment: "bench",
    data_dir: "data",
    listeners: { agents: { port: agents }, console: { port: console } },
    issuers: [{ id: "dev", development: true }],
    routes: [crm, ...moreRoutes.map((more) => ({ ...crm, ...more }))],
    policy: policyFolder === null || policyFolder === undefined ? policyOf(root) : { source: policyFolder },
    log: { level: "warn" },
    ...changes,
  };
}

async function isReady(console: number): Promise<true | null> {
  const answer = await fetch(`http://127.0.0.1:${console}/readyz`).catch(() => null);
  await answer?.body?.cancel();
  return answer?.ok === true ? true : null;
}

async function heldCalls(console: number): Promise<number> {
  const count = valueIn(await metricsOf(console), "sallyport_held_calls", "");
  if (count === null) throw new Error("the gateway does not tell how many calls it holds");
  return count;
}

async function oldSpace(console: number): Promise<{ readonly bytes: number; readonly collections: number }> {
  const metrics = await metricsOf(console);
  const bytes = valueIn(metrics, "nodejs_heap_space_size_used_bytes", 'space="old"');
  if (bytes === null) throw new Error("the gateway does not tell the size of its old space");
  return { bytes, collections: valueIn(metrics, "nodejs_gc_duration_seconds_count", 'kind="major"') ?? 0 };
}

async function metricsOf(console: number): Promise<string> {
  return (await fetch(`http://127.0.0.1:${console}/metrics`)).text();
}

/** Null when there is no such series. */
function valueIn(metrics: string, name: string, label: string): number | null {
  const line = metrics.split("\n").find((text) => new RegExp(`^${name}[{ ]`).test(text) && text.includes(label));
  return line === undefined ? null : Number(line.slice(line.lastIndexOf(" ") + 1));
}

async function lastInput(log: string): Promise<PolicyDocument> {
  for (const segment of (await segments(log)).reverse()) {
    const lines = wholeLines(await readFile(join(log, segment), "utf8"));
    const decision = lines.findLast((line) => line.includes('"kind":"decision"'));
    if (decision !== undefined) return (JSON.parse(decision) as { readonly input: PolicyDocument }).input;
  }
  throw new Error(`no decision is recorded in ${log}`);
}

async function prune(log: string): Promise<void> {
  for (const segment of (await segments(log)).slice(0, -1)) await rm(join(log, segment));
}

async function recordBytes(log: string): Promise<number> {
  const sizes = (await segments(log)).map(async (segment) => (await stat(join(log, segment))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

async function segments(log: string): Promise<string[]> {
  return (await readdir(log)).filter((name) => name.endsWith(".jsonl")).sort();
}

/** The library with the demonstration's layer; versions before layers have both in one folder. */
function policyOf(root: string): object {
  const [library, layer] = [join(root, "rego"), join(root, "demo/policy")];
  return existsSync(join(layer, "golden")) ? { sources: [library, layer] } : { source: library };
}
