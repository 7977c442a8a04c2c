/**
 * A Chromium for the browser tests. What was found is written to `.tools/chromium.json` as `{ "path", "reason" }`;
 * the tests read it. Without one they are skipped with the reason, except under CI=true, where set-up fails.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findChromium } from "./chromium-find.mjs";
import { installChromium } from "./chromium-install.mjs";
import { tools } from "./places.mjs";

const file = join(tools, "chromium.json");
const retryAfterMs = 3_600_000;
const isCi = process.env.CI === "true";

/** @typedef {{ path: string | null, reason: string }} Found */

/** @type {import("./set-up.mjs").Step} */
export const chromium = {
  name: "chromium",
  after: ["npm packages"], // Playwright's download is one of them
  async missing() {
    const known = read();
    if (known === null) return "not looked for yet";
    const wanted = process.env.CHROMIUM_PATH;
    if (known.path !== null) return existsSync(known.path) && (!wanted || wanted === known.path) ? null : "it is gone";
    if (isCi || wanted || Date.now() - statSync(file).mtimeMs > retryAfterMs) return known.reason;
    process.stderr.write(`setup  browser tests will be skipped: ${known.reason}\n`);
    return null;
  },
  async install() {
    const found = await findChromium();
    const result = found ?? (await installChromium());
    write(result);
    if (result.path !== null) return `${result.path}, ${result.reason}`;
    if (isCi) throw new Error(`No Chromium for the browser tests: ${result.reason}`);
    return `none: browser tests will be skipped (${result.reason})`;
  },
};

/** @returns {Found | null} */
function read() {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return null;
  }
}

/** @param {Found} found */
function write(found) {
  mkdirSync(tools, { recursive: true });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(found, null, 2)}\n`);
  renameSync(draft, file);
}
