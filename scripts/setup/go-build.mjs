import { join } from "node:path";
import { bin, program, root } from "./places.mjs";
import { putInPlace } from "./put-in-place.mjs";
import { runCommand } from "./run-command.mjs";

/** @param {string} tool the folder below scripts/toolchain that pins it */
export const goPins = (tool) => ["go.mod", "go.sum"].map((name) => join(root, "scripts", "toolchain", tool, name));

/** @param {string} tool */
export const binaryOf = (tool) => join(bin, program(tool));

/**
 * Builds a pinned Go program. `-mod=readonly` makes the build fail where go.mod or go.sum would have to change,
 * so what is built is what was committed. A `go` older than the go.mod asks for fetches the right one itself
 * unless GOTOOLCHAIN=local forbids it.
 * @param {import("./go-toolchain.mjs").Go} go
 * @param {string} tool
 * @param {string} packagePath
 * @param {string[]} ldflags
 */
export async function goBuild(go, tool, packagePath, ldflags = []) {
  const cwd = join(root, "scripts", "toolchain", tool);
  const flags = "-mod=readonly -modcacherw -buildvcs=false -trimpath";
  const env = { ...process.env, ...go.env, GOFLAGS: flags, GOWORK: "off", CGO_ENABLED: "0" };
  await putInPlace(binaryOf(tool), async (draft) => {
    await runCommand(go.program, ["build", "-ldflags", ["-s", "-w", ...ldflags].join(" "), "-o", draft, packagePath], {
      cwd,
      env,
    });
  });
}
