/** The web console as the gateway serves it: built when its sources are newer than what was built. */
import { existsSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { nodePath } from "./node-runtime.mjs";
import { root } from "./places.mjs";
import { putInPlace } from "./put-in-place.mjs";
import { runCommand } from "./run-command.mjs";
import { hashOf, isStamped, stamp } from "./stamp.mjs";

const folder = join(root, "console");
const built = join(folder, "dist");
const notSources = new Set(["dist", "node_modules"]);

/** @type {import("./set-up.mjs").Step} */
export const consoleBuild = {
  name: "console",
  after: ["npm packages", "node"],
  async missing() {
    if (!existsSync(join(folder, "vite.config.ts"))) return null;
    const isBuilt = existsSync(join(built, "index.html")) && isStamped("console", hashOf(sources()));
    return isBuilt ? null : "console/ is newer than console/dist/";
  },
  async install() {
    const hash = hashOf(sources()); // taken first: an edit during the build makes the next run build again
    const vite = join(root, "node_modules", "vite", "bin", "vite.js");
    await putInPlace(built, async (draft) => {
      await runCommand(nodePath, [vite, "build", "--outDir", draft, "--emptyOutDir", "--logLevel", "warn"], {
        cwd: folder,
      });
    });
    stamp("console", hash);
    return `built into ${relative(root, built)}`;
  },
};

function sources() {
  return [...filesBelow(folder), join(root, "package-lock.json")];
}

/** @param {string} start @returns {string[]} */
function filesBelow(start) {
  const entries = readdirSync(start, { withFileTypes: true }).filter((entry) => !notSources.has(entry.name));
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const path = join(start, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}
