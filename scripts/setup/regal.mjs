/** The Rego linter, built against the pinned OPA so that it knows the same language. */
import { existsSync } from "node:fs";
import { binaryOf, goBuild, goPins } from "./go-build.mjs";
import { goOnPath, pinnedGo } from "./go-toolchain.mjs";
import { runCommand } from "./run-command.mjs";
import { hashOf, isStamped, stamp } from "./stamp.mjs";

const version = "0.35.1";
const pins = goPins("regal");

/** @type {import("./set-up.mjs").Step} */
export const regal = {
  name: "regal",
  after: ["opa"], // both compile OPA's packages: the second finds them in Go's cache
  async missing() {
    return existsSync(binaryOf("regal")) && isStamped("regal", hashOf(pins)) ? null : `Regal ${version} is not here`;
  },
  async install() {
    const go = (await goOnPath()) ?? (await pinnedGo());
    await goBuild(go, "regal", "github.com/styrainc/regal", [
      `-X github.com/styrainc/regal/pkg/version.Version=${version}`,
    ]);
    await runCommand(binaryOf("regal"), ["version"]);
    stamp("regal", hashOf(pins));
    return `${version}, built with ${go.version}`;
  },
};
