import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const launcher = fileURLToPath(
  new URL("../../node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js", import.meta.url),
);

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

/** MCP Inspector's command line calling one tool; keeps what it writes in a folder that goes away with it. */
export async function inspect(call: InspectorCall): Promise<{ readonly done: Promise<InspectorRun>; kill(): void }> {
  const home = await mkdtemp(join(tmpdir(), "inspector-"));
  const child = start(call, home);
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

function start({ url, token, era, tool, args }: InspectorCall, home: string): ChildProcess {
  const pairs = Object.entries(args).flatMap(([name, value]) => ["--tool-arg", `${name}=${value}`]);
  const options = ["--transport", "http", "--protocol-era", era, "--header", `Authorization: Bearer ${token}`];
  return spawn(
    process.execPath,
    [launcher, "--cli", url, ...options, "--method", "tools/call", "--tool-name", tool, ...pairs],
    {
      env: { PATH: process.env["PATH"], HOME: home, MCP_INSPECTOR_SECRET_STORE: "memory" },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
}
