import { spawnSync } from "node:child_process";
import { join } from "node:path";

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
