import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

const launcher = fileURLToPath(
  new URL("../../node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js", import.meta.url),
);

const manyRuns = fileURLToPath(new URL("./matrix/inspector-runs.ts", import.meta.url));

export interface InspectorCall {
  readonly url: string;
  readonly token: string;
  readonly era: "legacy" | "modern";
  readonly tool: string;
  readonly args: Readonly<Record<string, string>>;
}

export interface InspectorRun {
  /** 0: done. 5: the tool's result is an error. */
  readonly code: number | null;
  readonly output: string;
}

/** A server that MCP Inspector finds: a command, or an address. */
export type InspectorPlace =
  | { readonly run: readonly string[]; readonly env: Readonly<Record<string, string>> }
  | { readonly url: string; readonly headers: Readonly<Record<string, string>> };

interface Running {
  readonly done: Promise<InspectorRun>;
  kill(): void;
}

/** MCP Inspector's command line calling one tool. */
export function inspect({ url, token, era, tool, args }: InspectorCall): Promise<Running> {
  const pairs = Object.entries(args).flatMap(([name, value]) => ["--tool-arg", `${name}=${value}`]);
  const place = { url, headers: { Authorization: `Bearer ${token}` } };
  return runInspector(place, ["--protocol-era", era, "--method", "tools/call", "--tool-name", tool, ...pairs]);
}

/** MCP Inspector's command line; keeps what it writes in a folder that goes away with it. */
export async function runInspector(place: InspectorPlace, args: readonly string[]): Promise<Running> {
  const home = await mkdtemp(join(tmpdir(), "inspector-"));
  const child = start(place, args, home);
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const done = new Promise<InspectorRun>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      void rm(home, { recursive: true, force: true }).then(() => resolve({ code, output }));
    });
  });
  return { done, kill: () => void child.kill("SIGKILL") };
}

function start(place: InspectorPlace, args: readonly string[], home: string): ChildProcess {
  return spawn(process.execPath, [launcher, "--cli", ...targetOf(place), ...args], {
    env: environment(home),
    stdio: ["ignore", "pipe", "pipe"],
  });
}

function targetOf(place: InspectorPlace): string[] {
  if ("run" in place)
    return [...place.run, ...Object.entries(place.env).flatMap(([name, value]) => ["-e", `${name}=${value}`])];
  const headers = Object.entries(place.headers).flatMap(([name, value]) => ["--header", `${name}: ${value}`]);
  return [place.url, "--transport", "http", ...headers];
}

const environment = (home: string) => ({ PATH: process.env["PATH"], HOME: home, MCP_INSPECTOR_SECRET_STORE: "memory" });

/** What one of many runs came to: exit code, the error's message, and the result, null where there is none. */
export type InspectorResult = readonly [code: number, message: string, result: object | null];

/** The command line once for each of `runs`, one after the other, in one process. */
export async function runInspectorFor(
  place: InspectorPlace,
  runs: readonly (readonly string[])[],
): Promise<InspectorResult[]> {
  const home = await mkdtemp(join(tmpdir(), "inspector-"));
  const child = spawn(process.execPath, [manyRuns], { env: environment(home), stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.end(JSON.stringify(runs.map((args) => [...targetOf(place), ...args])));
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  await rm(home, { recursive: true, force: true });
  const line = out.trim().split("\n").at(-1) ?? "";
  if (!line.startsWith("[")) throw new Error(`MCP Inspector ends without results:\n${err.slice(-2_000)}`);
  return JSON.parse(line) as InspectorResult[];
}
