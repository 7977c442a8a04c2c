/**
 * What `npm test` runs: every test but the long ones, then the gate of the policy. With `--long`, what `npm run test:long` runs: the
 * files named `*.long.test.ts`. Other arguments narrow either to jest alone (`npm test -- test/unit/parse -t "encoded slash"`).
 */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCheck } from "./checks/check.mjs";
import { close, sum } from "./checks/closing-line.mjs";
import { regoGate } from "./checks/rego-gate.mjs";
import { root } from "./setup/places.mjs";

const long = process.argv[2] === "--long";
const narrowed = process.argv.slice(long ? 3 : 2);
const counts = [await runJest(["--config", long ? "jest.long.config.mjs" : "jest.config.mjs", ...narrowed])];
if (!long && narrowed.length === 0) {
  for (const check of regoGate) counts.push(await runCheck(check));
}
const total = sum(counts);
close(total);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;

/** @param {string[]} args @returns {Promise<import("./checks/closing-line.mjs").Counts>} */
async function runJest(args) {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-tests-"));
  const file = join(folder, "counts");
  try {
    const env = { ...process.env, ...caches(), COUNTS_FILE: file };
    const code = await jest(args, env);
    const jestCounts = JSON.parse(readFileSync(file, "utf8"));
    return code !== 0 && jestCounts.failed === 0 ? { ...jestCounts, failed: 1 } : jestCounts;
  } catch {
    return { passed: 0, failed: 1, skipped: 0 }; // jest ended before it could count
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Many tests start a gateway: each one finds its code compiled by those before it, and the policy, where it is the same. Both caches go by
 * the digests of what they were made from.
 */
function caches() {
  const folder = join(root, "node_modules", ".cache", "sallyport-tests");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, "key");
  try {
    writeFileSync(file, randomBytes(32).toString("hex"), { mode: 0o600, flag: "wx" });
  } catch {
    // There is one already.
  }
  return {
    NODE_COMPILE_CACHE: join(folder, "compiled"),
    TEST_POLICY_CACHE: join(folder, "policy"),
    TEST_POLICY_CACHE_KEY: readFileSync(file, "utf8"),
  };
}

/** @param {string[]} args @param {NodeJS.ProcessEnv} env @returns {Promise<number>} */
function jest(args, env) {
  const bin = join(root, "node_modules", "jest", "bin", "jest.js");
  const flags = ["--experimental-vm-modules", "--disable-warning=ExperimentalWarning"];
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...flags, bin, ...args], {
      cwd: root,
      env,
      stdio: ["ignore", "inherit", "inherit"],
    });
    child.on("error", () => resolve(127));
    child.on("close", (code) => resolve(code ?? 1));
  });
}
