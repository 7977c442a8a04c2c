import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../../../demo/gate/config-file.ts";
import { eventually } from "../eventually.ts";

const server = fileURLToPath(new URL("../stdio/fastmcp_server.py", import.meta.url));

/** The server of the Python SDK over HTTP. */
export async function startPython(python: string): Promise<{ readonly origin: string; stop(): Promise<void> }> {
  const port = await freePort();
  const child = spawn(python, [server], { env: { PORT: String(port), LANG: "C.UTF-8" }, stdio: "ignore" });
  const ended = once(child, "exit");
  const origin = `http://127.0.0.1:${port}`;
  await eventually("the server in Python answers", () => fetch(`${origin}/mcp`).catch(() => null));
  return {
    origin,
    async stop() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** Path of a Python that has the MCP SDK, made in this folder; null where there is no Python or no package index. */
export function pythonWithMcp(folder: string): string | null {
  const venv = join(folder, "venv");
  const made = spawnSync("python3", ["-m", "venv", venv]);
  if (made.status !== 0) return null;
  const installed = spawnSync(join(venv, "bin/pip"), ["install", "-q", "--no-input", "mcp==1.30.0"], {
    timeout: 240_000,
  });
  return installed.status === 0 ? join(venv, "bin/python") : null;
}
