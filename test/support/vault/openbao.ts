/** A real OpenBao server in development mode, one for each test file. */
import { type ChildProcess, spawn } from "node:child_process";
import { freePort } from "../../../demo/gate/config-file.ts";
import { eventually } from "../eventually.ts";
import { describeWith, foundTool } from "../found-tool.ts";

const found = foundTool("openbao");

export function hasOpenbao(): boolean {
  return found.path !== null;
}

export function describeWithOpenbao(name: string, body: () => void): void {
  describeWith("OpenBao", found, name, body);
}

/** As far as tests look at it. */
export interface AdminAnswer {
  readonly data: Readonly<Record<string, string>>;
  readonly auth: { readonly client_token: string };
}

export interface Openbao {
  readonly address: string;
  /** A request of the administrator. @throws Error with what OpenBao said unless it succeeds */
  admin(method: string, path: string, body?: object): Promise<AdminAnswer>;
  close(): Promise<void>;
}

const rootToken = "root-of-the-test";

/** `-dev`: in memory, unsealed, without TLS. */
export async function startOpenbao(): Promise<Openbao> {
  const { path } = found;
  if (path === null) throw new Error("there is no OpenBao");
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const options = [
    "-dev",
    `-dev-root-token-id=${rootToken}`,
    `-dev-listen-address=127.0.0.1:${port}`,
    "-dev-no-store-token",
  ];
  const child = spawn(path, ["server", ...options], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { HOME: "/nonexistent" },
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (printed += chunk.toString()));
  try {
    await eventually("OpenBao answers", async () => {
      if (child.exitCode !== null) throw new Error(`OpenBao ended: ${printed}`);
      const health = await fetch(`${address}/v1/sys/health`).catch(() => null);
      return health?.ok === true ? true : null;
    });
  } catch (failure) {
    await ended(child);
    throw failure;
  }
  return { address, admin: adminOf(address), close: () => ended(child) };
}

function adminOf(address: string): Openbao["admin"] {
  return async function admin(method, path, body) {
    const response = await fetch(`${address}/v1/${path}`, {
      method,
      headers: { "x-vault-token": rootToken, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === "" ? ({} as AdminAnswer) : (JSON.parse(text) as AdminAnswer);
  };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
}
