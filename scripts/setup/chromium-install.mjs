import { join } from "node:path";
import { findChromium, ownBrowsers } from "./chromium-find.mjs";
import { root } from "./places.mjs";
import { runCommand } from "./run-command.mjs";

const downloadLimitMs = 300_000;

/** @typedef {{ name: string, install: () => Promise<void> }} Way */

/**
 * Tries Playwright's own download, then the system's package manager.
 * @param {Way[]} [ways]
 * @returns {Promise<{ path: string | null, reason: string }>}
 */
export async function installChromium(ways = [playwright, aptGet]) {
  const failed = [];
  for (const way of ways) {
    try {
      await way.install();
      const found = await findChromium();
      if (found !== null) return { path: found.path, reason: `installed by ${way.name}` };
      failed.push(`${way.name}: installed, but no Chromium starts`);
    } catch (error) {
      failed.push(`${way.name}: ${lastLine(error)}`);
    }
  }
  return { path: null, reason: failed.join("; ") };
}

/** @type {Way} */
const playwright = {
  name: "Playwright's download",
  async install() {
    const cli = join(root, "node_modules", "playwright-core", "cli.js");
    const env = { ...process.env, PLAYWRIGHT_BROWSERS_PATH: ownBrowsers };
    await runCommand(process.execPath, [cli, "install", "chromium"], { env, limitMs: downloadLimitMs });
  },
};

/** @type {Way} */
const aptGet = {
  name: "apt-get",
  async install() {
    if (process.getuid?.() !== 0) throw new Error("needs root");
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    await runCommand("apt-get", ["update"], { env });
    // The fonts make pages readable in screenshots.
    await runCommand("apt-get", ["install", "-y", "--no-install-recommends", "chromium", "fonts-liberation"], { env });
  },
};

/** @param {unknown} error */
function lastLine(error) {
  const lines = (error instanceof Error ? error.message : String(error)).trim().split("\n");
  return lines.find((line) => /error|fail|unable/i.test(line)) ?? lines[0] ?? "failed";
}
