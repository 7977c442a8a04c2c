import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { StreamableHTTPClientTransport as ModernHttp } from "@modelcontextprotocol/client";
import { StdioClientTransport as ModernStdio } from "@modelcontextprotocol/client/stdio";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { eventually } from "../eventually.ts";
import { runInspectorFor } from "../inspector.ts";
import { nothing, type Plan, type Seen } from "./plan.ts";
import { progressIn, sdkOne, sdkTwo, toldOver, tour } from "./tour.ts";

/** Where a client finds a server: as a command, or at an address with the token for it. `isSse`: over HTTP with SSE (MCP 2024-11-05). */
export type Place =
  | { readonly run: readonly string[]; readonly env: Readonly<Record<string, string>> }
  | { readonly url: string; readonly token: string | null; readonly isSse?: boolean };

export type Visit = (place: Place, plan: Plan) => Promise<Seen>;

const headersFor = (token: string | null): Record<string, string> =>
  token === null ? {} : { authorization: `Bearer ${token}` };

function commandOf({ run: [command = "", ...args], env }: Extract<Place, { run: unknown }>) {
  return { command, args, env: { ...env }, stderr: "ignore" as const };
}

function transportTo(place: Place) {
  if ("run" in place) return new StdioClientTransport(commandOf(place));
  if (place.isSse === true) return new SSEClientTransport(new URL(place.url));
  return new StreamableHTTPClientTransport(new URL(place.url), { requestInit: { headers: headersFor(place.token) } });
}

export const visitByOne: Visit = async (place, plan) => {
  const transport = transportTo(place);
  const told = toldOver(transport);
  return tour(await sdkOne(transport, plan), plan, told);
};

const byTwo =
  (era: "legacy" | "auto"): Visit =>
  async (place, plan) => {
    const transport =
      "run" in place
        ? new ModernStdio(commandOf(place))
        : new ModernHttp(new URL(place.url), { requestInit: { headers: headersFor(place.token) } });
    const told = toldOver(transport);
    return tour(await sdkTwo(transport, plan, era), plan, told);
  };
export const visitByTwo = byTwo("legacy");
export const visitByTwoModern = byTwo("auto");

const quickly = {
  initialReconnectionDelay: 20,
  maxReconnectionDelay: 200,
  reconnectionDelayGrowFactor: 1.5,
  maxRetries: 50,
};

/**
 * A call that takes a while, whose stream is cut at its first progress: the client takes the stream up again (MCP 2025-11-25,
 * "Resumability and Redelivery").
 */
export async function callThroughCut(
  sdk: "SDK 1" | "SDK 2" | "mcp-remote",
  place: Extract<Place, { url: string }>,
  cut: () => void,
): Promise<CutCall> {
  if (sdk === "mcp-remote")
    return byRemote(place, (run) => callOver(new StdioClientTransport(commandOf(run)), "SDK 1", cut));
  const options = { requestInit: { headers: headersFor(place.token) }, reconnectionOptions: quickly };
  const url = new URL(place.url);
  const transport = sdk === "SDK 1" ? new StreamableHTTPClientTransport(url, options) : new ModernHttp(url, options);
  return callOver(transport, sdk, cut);
}

interface CutCall {
  readonly result: object;
  readonly progress: readonly unknown[];
}

const longCall = ["trigger-long-running-operation", { duration: 2, steps: 8 }] as const;

async function callOver(transport: Transport, sdk: "SDK 1" | "SDK 2", cut: () => void): Promise<CutCall> {
  const told = toldOver(transport);
  const verbs = await (sdk === "SDK 1" ? sdkOne(transport, nothing) : sdkTwo(transport, nothing, "legacy"));
  const called = verbs.call(...longCall, { onprogress: () => undefined });
  await eventually("the call is under way", () => (progressIn(told).length > 0 ? true : null));
  cut();
  const result = await called;
  await verbs.close();
  return { result, progress: progressIn(told).map(({ progress }) => progress) };
}

const remote = fileURLToPath(new URL("../../../node_modules/mcp-remote/dist/proxy.js", import.meta.url));

type Run = Extract<Place, { run: unknown }>;

/** SDK 1 over the standard streams of `mcp-remote`, which speaks HTTP for clients that cannot. */
export const visitByRemote: Visit = (place, plan) =>
  "run" in place ? visitByOne(place, plan) : byRemote(place, (run) => visitByOne(run, plan));

async function byRemote<T>(place: Extract<Place, { url: string }>, visit: (run: Run) => Promise<T>): Promise<T> {
  const home = await mkdtemp(join(tmpdir(), "mcp-remote-"));
  const header = place.token === null ? [] : ["--header", "Authorization:${AUTHORIZATION}"];
  const run = [process.execPath, remote, place.url, "--allow-http", "--transport", "http-only", ...header];
  const env = { MCP_REMOTE_CONFIG_DIR: home, AUTHORIZATION: `Bearer ${place.token}` };
  try {
    return await visit({ run, env });
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

const script = fileURLToPath(new URL("./client.py", import.meta.url));

/** The client of the Python SDK. */
export const visitByPython =
  (python: string): Visit =>
  async (place, plan) =>
    (await runPython(python, { place, plan }, () => undefined)) as Seen;

/** As `callThroughCut`, by the client of the Python SDK. */
export function callThroughCutByPython(python: string, place: Place, cut: () => void): Promise<CutCall> {
  return runPython(python, { place, plan: nothing, long: longCall }, cut) as Promise<CutCall>;
}

/** `underWay` is called when the client says so, on a line of its own. */
async function runPython(python: string, given: object, underWay: () => void): Promise<unknown> {
  const child = spawn(python, [script], { stdio: ["pipe", "pipe", "pipe"] });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    if (!out.includes("under way\n") && (out + text).includes("under way\n")) underWay();
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  child.stdin.end(JSON.stringify(given));
  await new Promise((done, failed) => child.once("error", failed).once("close", done));
  const line = out.trim().split("\n").at(-1) ?? "";
  if (!/^[[{]/.test(line)) throw new Error(`the client in Python ends without a result:\n${err.slice(-2_000)}`);
  return JSON.parse(line);
}

const lists = ["tools/list", "resources/list", "resources/templates/list", "prompts/list"];

/** Every tool, resource and prompt, and the lists. */
export const visitByInspector: Visit = async (place, plan) => {
  const at = "run" in place ? { run: place.run, env: place.env } : { url: place.url, headers: headersFor(place.token) };
  const ask = async (asked: readonly (readonly string[])[]): Promise<[string, object][]> => {
    const runs = asked.map((args) => ["--method", ...args]);
    const got = await runInspectorFor(at, runs);
    return got.map(([code, message, result], which) => [stepOf(asked[which] ?? []), { code, message, ...result }]);
  };
  const listed = await ask(lists.map((method) => [method]));
  const { resources = [] } = listed[1]?.[1] as { resources?: readonly { uri: string }[] };
  const items = await ask([
    ...plan.calls.map(([tool, args]) => [
      ...["tools/call", "--tool-name", tool],
      ...["--tool-args-json", JSON.stringify(args)],
    ]),
    ...[...resources.map(({ uri }) => uri), ...plan.uris].map((uri) => ["resources/read", "--uri", uri]),
    ...Object.entries(plan.prompts).map(([name, args]) => [
      ...["prompts/get", "--prompt-name", name],
      ...Object.entries(args).flatMap(([key, value]) => ["--prompt-args", `${key}=${value}`]),
    ]),
  ]);
  return [...listed, ...items];
};

/** Calls are named as in the tour of other clients. */
function stepOf([method = "", , name = "", ...args]: readonly string[]): string {
  return method === "tools/call" ? `call ${name}` : [method, name, ...args].join(" ");
}
