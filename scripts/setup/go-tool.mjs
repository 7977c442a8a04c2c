/** Programs that only tests need and that are built with Go from their committed pins. */
import { existsSync } from "node:fs";
import { binaryOf, goBuild, goPins } from "./go-build.mjs";
import { goOnPath, pinnedGo } from "./go-toolchain.mjs";
import { runCommand } from "./run-command.mjs";
import { hashOf, isStamped, stamp } from "./stamp.mjs";

/**
 * @typedef {object} GoTool
 * @property {string} title its name for people
 * @property {string} version
 * @property {string} packagePath
 * @property {string} variable what its build sets to the version
 */

/**
 * @param {string} name also of its folder below scripts/toolchain @param {string[]} after @param {GoTool} tool
 * @returns {import("./set-up.mjs").Step}
 */
export function goTool(name, after, { title, version, packagePath, variable }) {
  const pins = goPins(name);
  return {
    name,
    after,
    async missing() {
      return existsSync(binaryOf(name)) && isStamped(name, hashOf(pins)) ? null : `${title} ${version} is not here`;
    },
    async install() {
      const go = (await goOnPath()) ?? (await pinnedGo());
      await goBuild(go, name, packagePath, [`-X ${variable}=${version}`]);
      await runCommand(binaryOf(name), ["version"]);
      stamp(name, hashOf(pins));
      return `${version}, built with ${go.version}`;
    },
  };
}
