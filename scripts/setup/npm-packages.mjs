/**
 * The npm packages of the lockfile. Installed without install scripts, so that downloaded code runs only when a test or
 * the server uses it.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./places.mjs";
import { runCommand } from "./run-command.mjs";

/** @typedef {Record<string, { version?: string, optional?: boolean, devOptional?: boolean }>} Packages */

/** @type {import("./set-up.mjs").Step} */
export const npmPackages = {
  name: "npm packages",
  after: [],
  missing: async () => (isInstalled(root) ? null : "node_modules differs from package-lock.json"),
  async install() {
    await runCommand("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    return "installed as locked";
  },
};

/**
 * Compares the lockfile with the one npm writes into node_modules as the last act of an installation,
 * so an interrupted installation is seen as one. Optional packages are for other platforms.
 * @param {string} folder
 */
export function isInstalled(folder) {
  const wanted = packagesOf(join(folder, "package-lock.json"));
  const found = packagesOf(join(folder, "node_modules", ".package-lock.json"));
  if (wanted === null) throw new Error("package-lock.json is missing or not JSON");
  if (found === null) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    const here = found[path];
    if (here === undefined) return path === "" || entry.optional === true || entry.devOptional === true;
    return here.version === entry.version;
  });
}

/** @param {string} file @returns {Packages | null} */
function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8")).packages;
  } catch {
    return null;
  }
}
