import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { keepCompiledCode } from "../../../gateway/cli/compiled-code.ts";

const main = fileURLToPath(new URL("../../../gateway/main.ts", import.meta.url));

/** Runs a short command line at home in this folder. @returns how many files of compiled code are there then */
async function compiledAt(home: string): Promise<number> {
  const env: NodeJS.ProcessEnv = { ...process.env, HOME: home };
  delete env["NODE_COMPILE_CACHE"];
  const { stdout } = await promisify(execFile)(process.execPath, [main, "health", "--help"], { env });
  expect(stdout).toContain("Usage: sallyport health");
  return readdirSync(join(home, ".cache/sallyport"), { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  ).length;
}

it("keeps compiled code in a folder of the user alone, and in no folder that others may write", async () => {
  const home = mkdtempSync(join(tmpdir(), "sallyport-home-"));
  try {
    expect(await compiledAt(home)).toBeGreaterThan(0);
    const folder = join(home, ".cache/sallyport");
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    rmSync(folder, { recursive: true });
    mkdirSync(folder);
    chmodSync(folder, 0o770);
    expect(await compiledAt(home)).toBe(0);
  } finally {
    rmSync(home, { recursive: true });
  }
});

it("threads find their code compiled too", async () => {
  const home = mkdtempSync(join(tmpdir(), "sallyport-home-"));
  const keeps = new URL("../../../gateway/cli/compiled-code.ts", import.meta.url).href;
  const answers = new URL("../../support/compile-cache-thread.ts", import.meta.url).href;
  const script = `const { Worker } = require("node:worker_threads");
    const { keepCompiledCode } = require(require("node:url").fileURLToPath(${JSON.stringify(keeps)}));
    keepCompiledCode(() => process.argv[1]);
    new Worker(new URL(${JSON.stringify(answers)})).once("message", (folder) => console.log(folder));`;
  try {
    const env: NodeJS.ProcessEnv = { ...process.env };
    delete env["NODE_COMPILE_CACHE"];
    const { stdout } = await promisify(execFile)(process.execPath, ["--eval", script, home], { env });
    expect(stdout).toContain(join(home, ".cache/sallyport"));
  } finally {
    rmSync(home, { recursive: true });
  }
});

it("does without for a user who has no home", () => {
  const home = (): never => {
    throw new Error("ENOENT: no such file or directory, uv_os_homedir");
  };
  expect(() => keepCompiledCode(home)).not.toThrow();
});
