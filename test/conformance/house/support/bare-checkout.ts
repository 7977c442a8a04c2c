/** A checkout with its packages on a machine that has Node and nothing else, and a server with the release of OPA. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { root } from "../guards/tree.ts";

/** Stands for the release binary: what the set-up asks of it is its version. */
export const release = "#!/bin/sh\necho 'Version: 1.22.2'\n";
export const digestOf = (text: string): string => createHash("sha256").update(text).digest("hex");

export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Sent to the process as soon as the moment has come. */
export interface Kill {
  readonly when: (stdout: string) => boolean;
  readonly signal: NodeJS.Signals;
}

type Env = Readonly<Record<string, string>>;

/** What a test may change about the release that is served. */
export interface Served {
  file: string;
  /** What is published as the digest of the file. */
  sha256: string;
  downloads: number;
}

export interface BareCheckout {
  readonly dir: string;
  readonly origin: string;
  readonly served: Served;
  /** Runs Node in the checkout with nothing else on the PATH. */
  node(args: readonly string[], env?: Env, kill?: Kill): Promise<Ended>;
  /** Runs a command through the set-up, with the release to be had. */
  run(command: readonly string[], env?: Env, kill?: Kill): Promise<Ended>;
  close(): Promise<void>;
}

export async function bareCheckout(): Promise<BareCheckout> {
  const dir = mkdtempSync(join(tmpdir(), "sallyport-checkout-"));
  for (const name of ["scripts", "package.json", "package-lock.json"])
    cpSync(join(root, name), join(dir, name), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(dir, "node_modules"));
  mkdirSync(join(dir, "home"));
  const served: Served = { file: release, sha256: digestOf(release), downloads: 0 };
  const { origin, close } = await releaseServer(served);
  const bare = { PATH: dirname(process.execPath), HOME: join(dir, "home"), PLAYWRIGHT_DOWNLOAD_HOST: origin };
  const node: BareCheckout["node"] = (args, env = {}, kill) => runNode(dir, args, { ...bare, ...env }, kill);
  const from = { OPA_DOWNLOAD_BASE: `${origin}/opa`, OPA_SHA256: served.sha256, GOPROXY: `${origin}/go` };
  return {
    dir,
    origin,
    served,
    node,
    run: (command, env = {}, kill) => node(["scripts/run.mjs", "serve", "--", ...command], { ...from, ...env }, kill),
    async close() {
      await close();
      rmSync(dir, { recursive: true });
    },
  };
}

async function releaseServer(served: Served): Promise<{ origin: string; close(): Promise<void> }> {
  const server = createServer((req, res) => {
    if (req.url?.startsWith("/slow/")) return void res.writeHead(200).write(release.slice(0, 5)); // and never the rest
    if (req.url?.startsWith("/opa/") !== true) return void res.writeHead(404).end();
    if (req.url.endsWith(".sha256")) return void res.end(`${served.sha256}  opa\n`);
    served.downloads += 1;
    res.end(served.file);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function runNode(cwd: string, args: readonly string[], env: Env, kill?: Kill): Promise<Ended> {
  const child = spawn(process.execPath, args, { cwd, env });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const watch = setInterval(() => {
    if (kill?.when(stdout) === true && child.kill(kill.signal)) clearInterval(watch);
  }, 20);
  return new Promise((resolve) => {
    child.on("close", (code, signal) => {
      clearInterval(watch);
      resolve({ code, signal, stdout, stderr });
    });
  });
}
