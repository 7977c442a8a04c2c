/**
 * node scripts/run.mjs <profile> -- <command…>
 * Makes sure that what is pinned is here, then runs the command with it first on PATH. Runs on Node ≥ 18 with nothing
 * installed. Ends with the command's own exit code or signal; with 1 when set-up failed, 2 when called wrongly.
 */
import { execFileSync, spawn } from "node:child_process";
import { delimiter, join } from "node:path";
import { isAlive } from "./setup/is-alive.mjs";
import { nodeFolder } from "./setup/node-runtime.mjs";
import { bin, root } from "./setup/places.mjs";
import { profiles } from "./setup/profiles.mjs";
import { setUp } from "./setup/set-up.mjs";

const lookForNpmMs = 500;

const [profileName = "", separator, command, ...args] = process.argv.slice(2);
const steps = profiles[profileName];

if (steps === undefined || separator !== "--" || command === undefined) {
  process.stderr.write(`usage: node scripts/run.mjs ${Object.keys(profiles).join("|")} -- <command…>\n`);
  process.exitCode = 2;
} else {
  try {
    await setUp(steps);
    run(command, args);
  } catch (error) {
    const errors = error instanceof AggregateError ? error.errors : [error];
    for (const one of errors) process.stderr.write(`\n${one instanceof Error ? one.message : one}\n`);
    process.stderr.write(
      "\nSet-up failed. What was finished is kept; running the same command again goes on from there.\n",
    );
    process.exitCode = 1;
  }
}

/** @param {string} program @param {string[]} programArgs */
function run(program, programArgs) {
  const env = { ...withToolsFirst(process.env), SALLYPORT_PARENT: String(process.pid) };
  const child = spawn(program, programArgs, { stdio: "inherit", env });
  followNpm(child);
  /** @type {NodeJS.Signals[]} */
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) {
    // A terminal sends Ctrl-C to the child itself: passing it on would make one key press two.
    process.on(signal, () => (signal === "SIGINT" && process.stdin.isTTY ? undefined : child.kill(signal)));
  }
  child.on("error", (error) => {
    process.stderr.write(`${program}: ${error.message}\n`);
    process.exitCode = 127;
  });
  child.on("exit", (code, signal) => {
    for (const name of signals) process.removeAllListeners(name);
    if (signal === null) process.exitCode = code ?? 1;
    else process.kill(process.pid, signal);
  });
}

/**
 * npm that is killed outright passes no signal on: what it started is ended as if it had.
 * @param {import("node:child_process").ChildProcess} child
 */
function followNpm(child) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const npm = npmOf(parent);
  const timer = setInterval(() => {
    if (process.ppid === parent && isAlive(npm)) return;
    clearInterval(timer);
    child.kill("SIGTERM");
  }, lookForNpmMs);
  timer.unref();
}

/** npm starts a script through a shell, which may replace itself by the script. @param {number} parent */
function npmOf(parent) {
  if (process.platform === "win32") return parent;
  try {
    const shown = execFileSync("ps", ["-o", "ppid=,comm=", "-p", String(parent)], { encoding: "utf8" });
    const [, above, name] = /^\s*(\d+)\s+(.*?)\s*$/.exec(shown) ?? [];
    return above !== undefined && /(^|\/)-?(ba|da|z|k|a)?sh$/.test(name ?? "") ? Number(above) : parent;
  } catch {
    return parent;
  }
}

/** @param {NodeJS.ProcessEnv} env */
function withToolsFirst(env) {
  const name = Object.keys(env).find((key) => key.toUpperCase() === "PATH") ?? "PATH"; // Windows spells it Path
  const folders = [nodeFolder, bin, join(root, "node_modules", ".bin"), env[name] ?? ""];
  return { ...env, [name]: folders.join(delimiter) };
}
